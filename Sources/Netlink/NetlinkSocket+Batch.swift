// SPDX-License-Identifier: Apache-2.0

internal import CLibNL
internal import Glibc
internal import LinuxCore

extension NetlinkSocket {
    /// Has the kernel do each request of a batch in turn, and returns what became of each: nil is success.
    ///
    /// The kernel works through all messages of one system call before it returns, so that a process that
    /// dies has either asked for all of them or for none. It goes on past a request that fails.
    package func perform(_ batch: Batch) -> [NetlinkError?] {
        var outcome = [NetlinkError?](repeating: nil, count: batch.count)
        var chunk = Chunk()
        for (index, entry) in batch.entries.enumerated() {
            do throws(NetlinkError) {
                try Self.admit(entry.operation)
                guard entry.isComplete else {
                    throw NetlinkError(operation: entry.operation, errno: EMSGSIZE)
                }
            } catch {
                outcome[index] = error
                continue
            }
            if !chunk.hasRoom(for: entry) { exchange(&chunk, of: batch, into: &outcome) }
            if !chunk.indices.isEmpty { Operations.gate?.joinLast() }
            chunk.append(entry, index, sequence: nextSequence())
        }
        exchange(&chunk, of: batch, into: &outcome)
        return outcome
    }

    /// As ``perform(_:)``, for a batch in which everything must succeed: throws the first failure.
    package func performAll(_ batch: Batch) throws(NetlinkError) {
        for case .some(let error) in perform(batch) { throw error }
    }

    /// The messages of one system call.
    private struct Chunk {
        var bytes: [UInt8] = []
        /// Which requests of the batch these are; their sequence numbers are consecutive.
        var indices: [Int] = []
        var first: UInt32 = 0
        var lastHeader = 0
        var last: UInt32 = 0

        /// libnl's socket buffers hold 32 KiB each way: that many requests, or that many refusals.
        func hasRoom(for entry: Batch.Entry) -> Bool {
            indices.count < 48 && bytes.count + entry.bytes.count <= 1 << 14
        }

        mutating func append(_ entry: Batch.Entry, _ index: Int, sequence: UInt32) {
            lastHeader = bytes.count
            if indices.isEmpty { first = sequence }
            last = sequence
            indices.append(index)
            bytes += entry.bytes
            withUnsafeBytes(of: sequence) {
                bytes.replaceSubrange(lastHeader + 8..<lastHeader + 12, with: $0)
            }
        }

        /// Asks for an acknowledgement of the last request.
        ///
        /// A refusal comes back in any case, so that whatever has not come by then has succeeded: one reply
        /// instead of one each.
        mutating func requestAcknowledgement() {
            bytes[lastHeader + 6] |= UInt8(NLM_F_ACK)
        }
    }

    private func exchange(_ chunk: inout Chunk, of batch: Batch, into outcome: inout [NetlinkError?]) {
        if chunk.indices.isEmpty { return }
        chunk.requestAcknowledgement()
        do throws(NetlinkError) {
            if let gate = Operations.gate, gate.isDead { throw NetlinkError(operation: "send", errno: EIO) }
            try send(chunk.bytes, "send")
            var isDone = false
            while !isDone {
                for message in try receive("receive") where message.type == Int(NLMSG_ERROR) {
                    let position = Int(message.sequence &- chunk.first)
                    guard chunk.indices.indices.contains(position) else { continue }
                    let index = chunk.indices[position]
                    isDone = isDone || message.sequence == chunk.last
                    outcome[index] = Self.error(in: message, batch.entries[index].operation)
                }
            }
        } catch {
            for index in chunk.indices where outcome[index] == nil {
                outcome[index] = NetlinkError(operation: batch.entries[index].operation, errno: error.errno)
            }
        }
        chunk = Chunk()
    }

    /// What an NLMSG_ERROR or NLMSG_DONE message says went wrong.
    static func error(in message: Message, _ operation: @autoclosure () -> String) -> NetlinkError? {
        do throws(MalformedMessage) {
            guard let failure = try message.failure() else { return nil }
            return NetlinkError(operation: operation(), errno: failure.errno, kernelMessage: failure.text)
        } catch {
            return NetlinkError(operation: operation(), malformed: error)
        }
    }
}
