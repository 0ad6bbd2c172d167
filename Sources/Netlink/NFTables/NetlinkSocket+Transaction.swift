// SPDX-License-Identifier: Apache-2.0

internal import CLibNL
internal import Glibc

extension NetlinkSocket {
    /// Has a subsystem of nfnetlink do all requests of a batch, or none; throws the first refusal.
    ///
    /// What nfnetlink_rcv_batch() in the kernel does, and we count on: it works through all requests before
    /// sendto(2) returns, goes on past one that fails so that each can be reported, and at the end commits or
    /// aborts and only then queues the replies: a refusal for every request that failed, an acknowledgement
    /// for every one that asked. We ask for one, of the last request. A commit that fails is reported with
    /// the number of the NFNL_MSG_BATCH_BEGIN, before the others. So all replies are there when sendto(2)
    /// returns, and if all that is there is the acknowledgement, everything has happened.
    ///
    /// - Parameter summary: What the whole batch does, for errors that are not about one request.
    func transact(
        _ batch: Batch, subsystem: UInt16, _ summary: @autoclosure () -> String
    ) throws(NetlinkError) {
        for entry in batch.entries where !entry.isComplete {
            throw NetlinkError(operation: entry.operation, errno: EMSGSIZE)
        }
        let transaction = Transaction(batch, subsystem: subsystem, self)
        makeRoom(toSend: transaction.bytes.count)
        try send(transaction.bytes, summary())
        var isAcknowledged = false
        var refusals: [(index: Int, error: NetlinkError)] = []
        try receiveQueued(summary()) { message in
            let index = Int(message.sequence &- transaction.first) - 1
            guard message.type == Int(NLMSG_ERROR), index >= -1, index < batch.count else { return true }
            if let error = Self.error(
                in: message, index < 0 ? summary() : batch.entries[index].operation)
            {
                refusals.append((index, error))
            } else if index == batch.count - 1 {
                isAcknowledged = true
            }
            return !isAcknowledged || !refusals.isEmpty
        }
        if let refusal = refusals.min(by: { $0.index < $1.index }) { throw refusal.error }
        guard isAcknowledged else {
            throw NetlinkError(
                operation: summary(), errno: EBADMSG, kernelMessage: "the kernel did not acknowledge it")
        }
    }

    /// The bytes of a batch between its brackets, and the number of the opening one; the requests have the
    /// numbers that follow.
    private struct Transaction {
        private(set) var bytes: [UInt8] = []
        let first: UInt32

        init(_ batch: Batch, subsystem: UInt16, _ socket: NetlinkSocket) {
            first = socket.nextSequence()
            bytes.reserveCapacity(batch.entries.reduce(40) { $0 + $1.bytes.count })
            bytes += Self.bracket(NFNL_MSG_BATCH_BEGIN, subsystem, sequence: first)
            var last = 0
            for entry in batch.entries {
                last = bytes.count
                let sequence = socket.nextSequence()
                bytes += entry.bytes
                withUnsafeBytes(of: sequence) { bytes.replaceSubrange(last + 8..<last + 12, with: $0) }
            }
            bytes[last + 6] |= UInt8(NLM_F_ACK)
            bytes += Self.bracket(NFNL_MSG_BATCH_END, subsystem, sequence: socket.nextSequence())
        }

        private static func bracket(_ type: some BinaryInteger, _ subsystem: UInt16, sequence: UInt32)
            -> [UInt8]
        {
            var request = NetlinkRequest(type: Int(type), flags: 0)
            request.header(
                nfgenmsg(
                    nfgen_family: UInt8(AF_UNSPEC), version: UInt8(NFNETLINK_V0), res_id: subsystem.bigEndian)
            )
            return request.bytes(sequence: sequence, acknowledged: false)
        }
    }

    /// Enlarges the send buffer if a message of so many bytes needs it (netlink_sendmsg() in the kernel).
    ///
    /// Past net.core.wmem_max only CAP_NET_ADMIN in the initial user namespace can; then sending fails.
    private func makeRoom(toSend count: Int) {
        // libnl's default holds that much.
        if count <= 1 << 14 { return }
        let descriptor = nl_socket_get_fd(socket)
        var size: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &size, &length)
        guard count + 32 > Int(size), var wanted = CInt(exactly: count) else { return }
        if setsockopt(descriptor, SOL_SOCKET, SO_SNDBUFFORCE, &wanted, length) != 0 {
            setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &wanted, length)
        }
    }
}
