// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

extension RoutingSocket {
    /// The numbers by which the socket's namespace knows others, given by open descriptors; nil for one it does not.
    ///
    /// As `ip netns list-id`. ``Link/peerNamespace`` is such a number.
    public func namespaceNumbers(of descriptors: [CInt]) throws(NetlinkError) -> [Int32?] {
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

    /// The number in an answer; a descriptor that is no namespace's has none.
    private static func number(in answer: NetlinkSocket.Answer) -> Int32? {
        guard case .message(let message) = answer, message.type == Int(RTM_NEWNSID),
            let attributes = try? Attributes(message.payload.after(UInt32.self)),
            let number = try? attributes.number(Int(NETNSA_NSID), Int32.self), number >= 0
        else { return nil }
        return number
    }
}

extension Batch {
    /// Gives a namespace a number by which the session's namespace knows it; EEXIST if it has one.
    ///
    /// As `ip netns set`. Links that rest on one in that namespace can then be made: see ``LinkParent``.
    ///
    /// - Parameters:
    ///   - namespace: The namespace's descriptor.
    ///   - number: The number; nil for the kernel to choose one.
    public mutating func numberNamespace(_ namespace: CInt, _ number: Int32? = nil) {
        append("netns set \(namespace) \(number.map { "\($0)" } ?? "auto")", type: Int(RTM_NEWNSID)) {
            request in
            request.header(UInt32(AF_UNSPEC))
            request.attribute(Int(NETNSA_FD), UInt32(bitPattern: namespace))
            // NETNSA_NSID_NOT_ASSIGNED, in any case an attribute (rtnl_net_newid()).
            request.attribute(Int(NETNSA_NSID), number ?? -1)
        }
    }
}
