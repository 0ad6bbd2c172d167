// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import DHCPClient
internal import DHCPDaemon
internal import Glibc
internal import LinuxCore

/// The plugin's end of the conversation with the daemon.
struct DaemonClient {
    /// Where the daemon listens.
    let socket: String

    /// The daemon answers an ADD within nine minutes.
    private static let patience: UInt32 = 600_000
    /// Nothing else takes it any time.
    private static let brief: UInt32 = 10_000

    /// Asks for a lease, or which one there is.
    func lease(_ request: DaemonRequest) throws(CNIError) -> CNIResult {
        guard case .lease(let result) = try answer(to: request).get() else {
            throw CNIError(.decodingFailure, "the dhcp daemon does not say what the lease is")
        }
        return result
    }

    /// Has something done.
    ///
    /// - Parameter otherwise: What to do with the leases on disk if no daemon listens; nil if it is an error then.
    func perform(
        _ request: DaemonRequest, otherwise: ((LeaseFolder) throws(SystemError) -> Void)?
    ) throws(CNIError) {
        let answer = try answer(to: request)
        guard case .failure(.absent) = answer, let otherwise else {
            _ = try answer.get()
            return
        }
        do throws(SystemError) {
            try otherwise(LeaseFolder(of: socket))
        } catch  where error.errno == ENOENT || error.errno == ENOTDIR {
            return
        } catch {
            throw CNIError(.ioFailure, "cannot forget a lease", details: error.description)
        }
    }

    /// What came of a question.
    private enum Answer {
        case answer(DaemonAnswer)
        case failure(LocalConnectionFailure)

        /// The answer, if it is none that refuses.
        func get() throws(CNIError) -> DaemonAnswer {
            switch self {
            case .answer(.failure(let error)): throw error
            case .answer(let answer): return answer
            case .failure(.absent(let cause)):
                throw CNIError(
                    .tryAgainLater, "the dhcp daemon does not run on this node: start \"dhcp daemon\"",
                    details: cause.description)
            case .failure(.silent(let milliseconds)):
                throw CNIError(.tryAgainLater, "the dhcp daemon has not answered within \(milliseconds) ms")
            case .failure(.lost):
                throw CNIError(.tryAgainLater, "the dhcp daemon has closed the connection without an answer")
            case .failure(.failed(let cause)):
                throw CNIError(.ioFailure, "cannot talk to the dhcp daemon", details: cause.description)
            }
        }
    }

    private func answer(to request: DaemonRequest) throws(CNIError) -> Answer {
        let isAddition = if case .add = request { true } else { false }
        let line: [UInt8]
        do throws(LocalConnectionFailure) {
            let connection = try LocalConnection(
                to: socket, until: Deadline(milliseconds: isAddition ? Self.patience : Self.brief))
            try connection.open()
            line = try connection.exchange(request.line)
        } catch {
            return .failure(error)
        }
        do throws(CNIError) {
            return .answer(try DaemonAnswer(parsing: line))
        } catch {
            throw error.during("answer of the dhcp daemon")
        }
    }
}
