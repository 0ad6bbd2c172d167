// SPDX-License-Identifier: Apache-2.0

internal import CLibNL
public import Namespaces

extension RoutingSocket {
    /// The numbers by which the socket's namespace knows others, given by open descriptors; nil for one it does not.
    ///
    /// As `ip netns list-id`. ``Link/peerNamespace`` is such a number.
    package func namespaceNumbers(of descriptors: [CInt]) throws(NetlinkError) -> [Int32?] {
        var numbers: [Int32?] = []
        // More replies than that may not fit in the receive buffer.
        var rest = descriptors[...]
        while !rest.isEmpty {
            var batch = Batch()
            for descriptor in rest.prefix(64) {
                batch.append("netns list-id", type: Int(RTM_GETNSID)) { request in
                    // struct rtgenmsg, which the kernel pads to 4 bytes: the family, AF_UNSPEC.
                    request.header(UInt32(AF_UNSPEC))
                    request.attribute(Int(NETNSA_FD), UInt32(bitPattern: descriptor))
                }
            }
            numbers += try socket.get(batch).map { answer in Self.number(in: answer) }
            rest = rest.dropFirst(64)
        }
        return numbers
    }

    /// The number by which the session's namespace knows another; nil if it has none.
    public func namespaceNumber(of namespace: borrowing NetworkNamespace) throws(NetlinkError) -> Int32? {
        try namespaceNumbers(of: [namespace.rawDescriptor])[0]
    }

    /// The number in an answer; a descriptor that is no namespace's has none.
    private static func number(in answer: NetlinkSocket.Answer) -> Int32? {
        guard case .message(let message) = answer, message.type == Int(RTM_NEWNSID),
            let attributes = try? Attributes(message.payload.after(UInt32.self)),
            let number = try? attributes.number(Int(NETNSA_NSID), Int32.self), number >= 0
        else { return nil }
        return number
    }
}
