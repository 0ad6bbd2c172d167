// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

/// A message from the kernel.
package struct Message: Sendable {
    /// Its type, such as RTM_NEWLINK or NLMSG_ERROR.
    package let type: Int
    /// Its NLM_F_… flags.
    package let flags: Int
    /// Its number, that of the request it answers.
    package let sequence: UInt32
    /// What follows the netlink header.
    package let payload: ArraySlice<UInt8>

    /// Takes one datagram apart.
    static func all(in datagram: ArraySlice<UInt8>) throws(MalformedMessage) -> [Message] {
        var messages: [Message] = []
        var rest = datagram
        let headerSize = MemoryLayout<nlmsghdr>.size
        while rest.count >= headerSize {
            let header = try rest.header(nlmsghdr.self)
            let length = Int(header.nlmsg_len)
            guard length >= headerSize, length <= rest.count else {
                throw MalformedMessage("message says \(length) bytes of \(rest.count)")
            }
            messages.append(
                Message(
                    type: Int(header.nlmsg_type), flags: Int(header.nlmsg_flags),
                    sequence: header.nlmsg_seq, payload: rest.prefix(length).dropFirst(headerSize)))
            rest = rest.dropFirst((length + 3) & ~3)
        }
        return messages
    }

    /// The same message with another type.
    func withType(_ type: Int) -> Message {
        Message(type: type, flags: flags, sequence: sequence, payload: payload)
    }

    /// What an NLMSG_ERROR or NLMSG_DONE message says: nil for success, else the errno and the kernel's text.
    func failure() throws(MalformedMessage) -> (errno: CInt, text: String?)? {
        // NLMSG_DONE has the bare number, and nothing at all from old kernels.
        if type == Int(NLMSG_DONE), payload.count < MemoryLayout<CInt>.size { return nil }
        let code = try payload.header(CInt.self)
        if code == 0 { return nil }
        return (errno: code == .min ? .max : abs(code), text: try extendedText())
    }

    /// The NLMSGERR_ATTR_MSG of an extended acknowledgement (Linux 4.12).
    private func extendedText() throws(MalformedMessage) -> String? {
        guard flags & Int(NLM_F_ACK_TLVS) != 0 else { return nil }
        var rest = payload.dropFirst(MemoryLayout<CInt>.size)
        if type == Int(NLMSG_ERROR) {
            let request = try rest.header(nlmsghdr.self)
            // Without NLM_F_CAPPED the whole request comes back first.
            let echoed =
                flags & Int(NLM_F_CAPPED) != 0 ? MemoryLayout<nlmsghdr>.size : Int(request.nlmsg_len)
            guard echoed <= rest.count else { throw MalformedMessage("acknowledgement is cut short") }
            rest = rest.dropFirst((echoed + 3) & ~3)
        }
        return try Attributes(rest).string(Int(NLMSGERR_ATTR_MSG.rawValue))
    }
}
