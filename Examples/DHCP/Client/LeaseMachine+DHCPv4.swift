// SPDX-License-Identifier: Apache-2.0

internal import Addressing

/// The messages of RFC 2131.
extension LeaseMachine {
    /// Takes a message of DHCPv4 that has come.
    public mutating func receive(_ message: DHCPMessage, at now: Int64) -> [Action] {
        guard client.family == .v4, message.transaction == transaction, message.mac == client.mac else {
            return []
        }
        let kind: LeaseAnswer.Kind
        switch message.kind {
        case .offer: kind = .offer
        case .acknowledgement: kind = .acknowledgement
        case .refusal: kind = .refusal
        default: return []
        }
        let server = message.options.address(.serverIdentifier)
        return take(
            LeaseAnswer(
                kind: kind,
                server: server.map { LeaseServer(address: $0, identifier: $0.bytes) },
                address: message.yourAddress, lease: DHCPLease(message, start: asked),
                reason: message.options.text(.message).map { ": \($0.prefix(100))" } ?? ""),
            at: now)
    }

    /// The message of the present state.
    func message4(_ kind: Purpose, at now: Int64) -> Action {
        let everybody = IPAddress(.v4, bits: 0xffff_ffff)
        let nobody = IPAddress.unspecified(.v4)
        var message = DHCPMessage(Self.kind4(kind), transaction: transaction, mac: client.mac)
        switch kind {
        case .decline(let lease, let text):
            // Table 5 of RFC 2131: nothing else is allowed in it.
            message.options[.requestedAddress] = lease.address.address.bytes
            message.options[.serverIdentifier] = lease.server.bytes
            message.options[.clientIdentifier] = client.options[.clientIdentifier]
            message.options[.message] = Array(text.utf8)
            return .send(.v4(message), from: nobody, to: everybody)
        case .release(let lease):
            message.clientAddress = lease.address.address
            message.options[.serverIdentifier] = lease.server.bytes
            message.options[.clientIdentifier] = client.options[.clientIdentifier]
            return .send(.v4(message), from: lease.address.address, to: lease.server)
        case .search, .request, .renew, .rebind: break
        }
        message.seconds = UInt16(clamping: (now - began) / 1000)
        message.wantsBroadcast = client.wantsBroadcast
        message.options = client.options
        message.options[.maximumMessageSize] = [0x05, 0xdc]
        switch kind {
        case .request(let server, let address):
            message.options[.requestedAddress] = address.bytes
            message.options[.serverIdentifier] = server.identifier
        case .renew(let lease), .rebind(let lease):
            message.clientAddress = lease.address.address
            message.wantsBroadcast = false
            let isRenewal = if case .renew = kind { true } else { false }
            return .send(
                .v4(message), from: lease.address.address, to: isRenewal ? lease.server : everybody)
        default: message.options[.requestedAddress] = wanted?.bytes
        }
        return .send(.v4(message), from: nobody, to: everybody)
    }

    private static func kind4(_ kind: Purpose) -> DHCPMessage.Kind {
        switch kind {
        case .search: .discover
        case .request, .renew, .rebind: .request
        case .release: .release
        case .decline: .decline
        }
    }
}
