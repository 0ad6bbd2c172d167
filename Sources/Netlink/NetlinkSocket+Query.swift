// SPDX-License-Identifier: Apache-2.0

internal import CLibNL
internal import Glibc

extension NetlinkSocket {
    /// What came back for one request.
    ///
    /// Not a `Result`, for whose type the runtime would look up that the error is one.
    package enum Answer: Sendable {
        /// The object.
        case message(Message)
        /// The kernel's refusal.
        case failure(NetlinkError)
    }

    /// Asks for single objects, all at once, and returns what came back for each.
    ///
    /// The kernel answers before sendto(2) returns. nfnetlink answers several requests of one call with a single refusal,
    /// numbered as the first, when the caller lacks CAP_NET_ADMIN (nfnetlink_rcv()): a request that is left without an
    /// answer of its own has that one.
    package func get(_ batch: Batch) throws(NetlinkError) -> [Answer] {
        if batch.isEmpty { return [] }
        // Each is replaced: nobody gets them before all have been answered.
        var answers = [Answer](
            repeating: .failure(NetlinkError(operation: "no answer", errno: ENODATA)), count: batch.count)
        let first = sequenceToCome
        var isAnswered = [Bool](repeating: false, count: batch.count)
        var missing = batch.count
        var refusal: NetlinkError?
        var bytes: [UInt8] = []
        for entry in batch.entries {
            try Self.admit(entry.operation)
            let number = nextSequence()
            let start = bytes.count
            bytes += entry.bytes
            withUnsafeBytes(of: number) { bytes.replaceSubrange(start + 8..<start + 12, with: $0) }
        }
        try send(bytes, batch.entries[0].operation)
        try receiveQueued(batch.entries[0].operation) { message in
            let index = Int(message.sequence &- first)
            guard isAnswered.indices.contains(index), !isAnswered[index] else { return true }
            isAnswered[index] = true
            missing -= 1
            if message.type != Int(NLMSG_ERROR) {
                answers[index] = .message(message)
            } else if let error = Self.error(in: message, batch.entries[index].operation) {
                answers[index] = .failure(error)
                if index == 0, error.errno == EPERM { refusal = error }
            }
            return missing > 0
        }
        guard missing > 0 else { return answers }
        for index in isAnswered.indices where !isAnswered[index] {
            answers[index] = .failure(
                NetlinkError(
                    operation: batch.entries[index].operation, errno: refusal?.errno ?? ENODATA,
                    kernelMessage: refusal == nil ? "the kernel did not answer" : refusal?.kernelMessage))
        }
        return answers
    }

    /// Asks for one object.
    package func get(
        _ operation: String, type: Int, _ build: (inout NetlinkRequest) -> Void
    ) throws(NetlinkError) -> Message {
        var batch = Batch()
        batch.append(operation, type: type, build)
        switch try get(batch)[0] {
        case .message(let message): return message
        case .failure(let error): throw error
        }
    }

    /// Asks for all objects of a kind.
    ///
    /// A dump that the kernel says was interrupted by a change (NLM_F_DUMP_INTR) is asked for again until one holds, at
    /// most 500 times: with hundreds of operations at a time most are interrupted, but never all of so many.
    ///
    /// - Parameter isWanted: Which of the answer's messages are kept, of a table with far more than are asked for.
    package func dump(
        _ operation: String, type: Int, where isWanted: (Message) -> Bool = { _ in true },
        _ build: (inout NetlinkRequest) -> Void
    ) throws(NetlinkError) -> [Message] {
        for _ in 0..<500 {
            if let messages = try dumpOnce(operation, type: type, isWanted, build) { return messages }
        }
        throw NetlinkError(operation: operation, errno: EINTR, kernelMessage: "the table keeps changing")
    }

    /// Asks for all objects of a kind and returns what the first datagram of the answer has, some 20 of them.
    ///
    /// The rest of the answer stays on the socket, which can be used for nothing else any more.
    package func dumpBeginning(
        _ operation: String, type: Int, _ build: (inout NetlinkRequest) -> Void
    ) throws(NetlinkError) -> [Message] {
        try Self.admit(operation)
        var request = NetlinkRequest(type: type, flags: Int(NLM_F_DUMP))
        build(&request)
        try send(request.bytes(sequence: nextSequence(), acknowledged: false), operation)
        let messages = try receive(operation)
        for message in messages where message.type == Int(NLMSG_ERROR) {
            if let error = Self.error(in: message, operation) { throw error }
        }
        return messages
    }

    /// Returns nil if the dump was interrupted.
    private func dumpOnce(
        _ operation: String, type: Int, _ isWanted: (Message) -> Bool,
        _ build: (inout NetlinkRequest) -> Void
    ) throws(NetlinkError) -> [Message]? {
        try Self.admit(operation)
        var request = NetlinkRequest(type: type, flags: Int(NLM_F_DUMP))
        build(&request)
        let number = nextSequence()
        try send(request.bytes(sequence: number, acknowledged: false), operation)
        var messages: [Message] = []
        var isWhole = true
        while true {
            for message in try receive(operation) where message.sequence == number {
                if message.flags & Int(NLM_F_DUMP_INTR) != 0 { isWhole = false }
                switch message.type {
                case Int(NLMSG_DONE), Int(NLMSG_ERROR):
                    if let error = Self.error(in: message, operation) { throw error }
                    return isWhole ? messages : nil
                default:
                    if isWanted(message) { messages.append(message) }
                }
            }
        }
    }

    /// Decodes each message of an answer, turning a malformed one into an error of `operation`.
    package static func decode<Value>(
        _ operation: String, _ messages: [Message], _ decode: (Message) throws(MalformedMessage) -> Value?
    ) throws(NetlinkError) -> [Value] {
        var values: [Value] = []
        for message in messages {
            do throws(MalformedMessage) {
                if let value = try decode(message) { values.append(value) }
            } catch {
                throw NetlinkError(operation: operation, malformed: error)
            }
        }
        return values
    }
}
