// SPDX-License-Identifier: Apache-2.0

public import Addressing
internal import CNITypes

/// The messages of RFC 8415, for one address (IA_NA).
extension LeaseMachine {
    /// All servers and relays of a link (section 7.1).
    private static let allServers = IPAddress(.v6, bits: 0xff02 << 112 | 0x1_0002)
    /// Section 21.13: the server does not know of the lease.
    private static let noBinding: UInt16 = 3
    /// Section 21.13: the address does not belong to the link.
    private static let notOnLink: UInt16 = 4

    /// Takes a message of DHCPv6 that has come from an address.
    public mutating func receive(
        _ message: DHCPv6Message, from source: IPAddress, at now: Int64
    ) -> [Action] {
        let options = message.options
        guard client.family == .v6, message.kind == .advertise || message.kind == .reply,
            message.transaction == transaction & 0xff_ffff, options[.clientIdentifier] == client.identifier,
            let name = options[.serverIdentifier], 3...130 ~= name.count
        else { return [] }
        let server = LeaseServer(address: source, identifier: name)
        let association = DHCPv6Association(client.association, in: options)
        var status = options.status
        if status.code == 0, let association { status = (association.status, association.text) }
        var answer = LeaseAnswer(
            kind: .nothing, server: server, address: association?.address ?? .unspecified(.v6),
            reason: status.code == 0 && status.text.isEmpty ? "" : ": \(Self.words(status))")
        answer.isRapid = message.kind == .reply && options[.rapidCommit] != nil
        if let association, options.status.code == 0 {
            answer.lease = DHCPLease(association, from: server, options: options, start: asked)
        }
        if message.kind == .advertise {
            if answer.lease != nil { answer.kind = .offer }
        } else if answer.lease != nil {
            answer.kind = .acknowledgement
        } else if isRefusal(status.code, association) {
            answer.kind = .refusal
        }
        return take(answer, at: now)
    }

    /// Whether an answer without an address refuses one.
    ///
    /// Who asks for an address and gets none is refused in any case. A lease that is held ends only by the words for it: a
    /// server that has other worries says nothing about it.
    private func isRefusal(_ status: UInt16, _ association: DHCPv6Association?) -> Bool {
        if lease == nil { return true }
        return status == Self.noBinding || status == Self.notOnLink
            || (status == 0 && association?.address != nil && association?.valid == 0)
    }

    private static func words(_ status: (code: UInt16, text: String)) -> String {
        let names = ["Success", "UnspecFail", "NoAddrsAvail", "NoBinding", "NotOnLink", "UseMulticast"]
        let name =
            names.indices.contains(Int(status.code)) ? names[Int(status.code)] : "status \(status.code)"
        return status.text.isEmpty ? name : "\(name), \(status.text)"
    }

    /// A message, which goes to all servers of the link, from the link-local address (section 18.2).
    func message6(_ kind: Purpose, at now: Int64) -> Action {
        var message: DHCPv6Message
        var address = wanted
        var server: [UInt8]?
        switch kind {
        case .search: message = DHCPv6Message(.solicit, transaction: transaction)
        case .request(let from, let offered):
            message = DHCPv6Message(.request, transaction: transaction)
            (address, server) = (offered, from.identifier)
        case .renew(let lease):
            message = DHCPv6Message(.renew, transaction: transaction)
            (address, server) = (lease.address.address, lease.serverIdentifier)
        case .rebind(let lease):
            message = DHCPv6Message(.rebind, transaction: transaction)
            address = lease.address.address
        case .release(let lease):
            message = DHCPv6Message(.release, transaction: transaction)
            (address, server) = (lease.address.address, lease.serverIdentifier)
        case .decline(let lease, _):
            message = DHCPv6Message(.decline, transaction: transaction)
            (address, server) = (lease.address.address, lease.serverIdentifier)
        }
        message.options.append(.clientIdentifier, client.identifier)
        if let server { message.options.append(.serverIdentifier, server) }
        message.options.append(
            .elapsedTime, UInt16(clamping: min((now - began) / 10, Int64(UInt16.max))).bytes)
        message.options.append(
            .association, DHCPv6Association(id: client.association, address: address).bytes)
        switch kind {
        case .release, .decline: break
        case .search:
            message.options.append(.rapidCommit, [])
            fallthrough
        default:
            let asked: [DHCPv6Options.Code] = [.domainNameServers, .domainSearch]
            message.options.append(.optionRequest, asked.flatMap(\.rawValue.bytes))
        }
        return .send(.v6(message), from: .unspecified(.v6), to: Self.allServers)
    }
}

extension LeaseMachine.Client {
    /// The client's DUID: that of its MAC address, DUID-LL (RFC 8415 section 11.4).
    ///
    /// A container has an interface of its own, and so one that tells it from others; where several share a MAC address, such as
    /// over ipvlan, the association does.
    public var identifier: [UInt8] { [0, 3, 0, 1] + mac.bytes }

    /// The number of an attachment's association: the same for each of its leases (FNV-1a of its key).
    public static func association(of key: String) -> UInt32 {
        key.utf8.reduce(0x811c_9dc5) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
    }
}

extension DHCPLease {
    /// Reads what a server gives over IPv6: an address without a network, which is a router's to advertise.
    init?(_ association: DHCPv6Association, from server: LeaseServer, options: DHCPv6Options, start: Int64) {
        guard let address = association.address, association.valid > 0 else { return nil }
        let forEver = UInt32.max
        let valid = association.valid
        // Section 21.4: a client's choice is half and four fifths of the preferred time.
        let preferred = association.preferred > 0 ? association.preferred : valid
        var renewal = association.renewal > 0 ? association.renewal : preferred / 2
        var rebinding = association.rebinding > 0 ? association.rebinding : preferred - preferred / 5
        if valid != forEver {
            rebinding = min(rebinding, valid - valid / 8)
            renewal = min(renewal, rebinding)
        }
        self.init(
            address: IPPrefix(host: address), server: server.address, serverIdentifier: server.identifier,
            start: start, duration: valid == forEver ? nil : valid, renewal: min(renewal, rebinding),
            rebinding: rebinding, options: DHCPOptions(), options6: options)
    }

    /// The result of an IPAM plugin: the address and name resolution.
    var result6: CNIResult {
        CNIResult(
            ips: [CNIResult.IPConfiguration(address: address)], routes: [],
            dns: DNS(
                nameservers: options6.addresses(.domainNameServers).map(\.description), domain: nil,
                search: options6[.domainSearch].flatMap { DomainNames.list($0, isCompressed: false) } ?? []))
    }
}
