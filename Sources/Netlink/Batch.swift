// SPDX-License-Identifier: Apache-2.0

internal import CLibNL
internal import LinuxCore

/// Requests that go to the kernel together, in one system call where they fit, and are done in their order.
///
/// The kernel goes on past one that fails. Building a batch asks nothing of the kernel.
public struct Batch: Sendable {
    struct Entry: Sendable {
        fileprivate let text: @Sendable () -> String
        /// The whole message but for its sequence number and the request for an acknowledgement.
        let bytes: [UInt8]
        let isComplete: Bool

        /// In the words of ip(8).
        var operation: String { text() }
    }

    private(set) var entries: [Entry] = []

    /// Creates an empty batch.
    public init() {}

    /// The number of requests.
    public var count: Int { entries.count }

    /// Whether there is nothing to ask.
    public var isEmpty: Bool { entries.isEmpty }

    /// Appends a message that `build` fills in.
    ///
    /// - Parameters:
    ///   - operation: What it does, in the words of ip(8), bridge(8) or nft(8), for errors: made only when there is one.
    ///   - type: Such as RTM_NEWLINK.
    ///   - flags: NLM_F_… flags; NLM_F_REQUEST is implied.
    package mutating func append(
        _ operation: @autoclosure @escaping @Sendable () -> String, type: Int, flags: Int = 0,
        _ build: (inout NetlinkRequest) -> Void
    ) {
        var request = NetlinkRequest(type: type, flags: flags)
        build(&request)
        entries.append(
            Entry(
                text: operation, bytes: request.bytes(sequence: 0, acknowledged: false),
                isComplete: request.isComplete))
    }
}

/// What to do with an object: the flags behind the words of ip(8).
public enum Verb: String, Hashable, Sendable, CustomStringConvertible {
    /// Create it; EEXIST if it is there.
    case add
    /// Create it, or change the one that is there.
    case replace
    /// Create it beside others of the same destination; for routes.
    case append
    /// Create it before others of the same destination, so that it wins; for routes.
    case prepend
    /// Remove it.
    case delete

    /// The word of ip(8).
    ///
    /// Without it interpolation would go by reflection, which costs 0.3 ms at first use.
    public var description: String { rawValue }

    /// The NLM_F_… flags.
    var flags: Int {
        switch self {
        case .add: Int(NLM_F_CREATE | NLM_F_EXCL)
        case .replace: Int(NLM_F_CREATE | NLM_F_REPLACE)
        case .append: Int(NLM_F_CREATE | NLM_F_APPEND)
        case .prepend: Int(NLM_F_CREATE)
        case .delete: 0
        }
    }
}
