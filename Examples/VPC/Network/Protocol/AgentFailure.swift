// SPDX-License-Identifier: Apache-2.0

public import CNITypes
public import LinuxCore

/// Why there is no answer from the agent.
public enum AgentFailure: Error, Hashable, Sendable {
    /// No agent listens: its socket is not there, or nobody has it open.
    case absent(SystemError)
    /// The agent has taken the request and not answered in time.
    case silent(milliseconds: UInt32)
    /// The agent has closed the connection without an answer.
    case lost
    /// The conversation failed otherwise.
    case failed(SystemError)
    /// The agent refuses.
    case refused(CNIError)
    /// What it answered makes no sense.
    case unintelligible(CNIError)

    init(_ failure: LocalConnectionFailure) {
        switch failure {
        case .absent(let error): self = .absent(error)
        case .silent(let milliseconds): self = .silent(milliseconds: milliseconds)
        case .lost: self = .lost
        case .failed(let error): self = .failed(error)
        }
    }

    /// Whether the agent may have done what was asked, although nobody says so.
    public var mayHaveTakenEffect: Bool {
        switch self {
        case .absent, .refused: false
        case .silent, .lost, .failed, .unintelligible: true
        }
    }

    /// The failure for the runtime: that it may try again where that helps.
    public var error: CNIError {
        switch self {
        case .absent(let cause):
            CNIError(
                .tryAgainLater, "vpc-agent does not run on this node", details: cause.description)
        case .silent(let milliseconds):
            CNIError(.tryAgainLater, "vpc-agent has not answered within \(milliseconds) ms")
        case .lost: CNIError(.tryAgainLater, "vpc-agent has closed the connection without an answer")
        case .failed(let cause): CNIError(.ioFailure, "cannot talk to vpc-agent", details: cause.description)
        case .refused(let error): error
        case .unintelligible(let error): error.during("answer of vpc-agent")
        }
    }
}
