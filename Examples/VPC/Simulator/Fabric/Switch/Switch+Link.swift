// SPDX-License-Identifier: Apache-2.0

internal import Addressing

// What comes in by an ENI's device: frames of its own or of its branches.
extension Switch {
    mutating func handleFrame(_ frame: [UInt8], of device: String, at now: Moment) {
        guard let header = EthernetHeader(frame) else { return counters.drop(.malformed) }
        var id = device
        if let vlan = header.vlan {
            guard let branch = branches[Branch(trunk: device, vlan: vlan)] else {
                return counters.drop(.unknownVLAN)
            }
            id = branch
        }
        guard let sender = members[id] else { return counters.drop(.noOwner) }
        guard header.source == sender.eni.mac else { return counters.drop(.sourceMAC) }
        switch header.type {
        case EthernetHeader.arp:
            guard let request = ARPRequest(frame, at: header.length) else { return }
            answer(request, of: sender)
        case EthernetHeader.ipv4: handlePacket(frame, header, of: sender, .v4, at: now)
        case EthernetHeader.ipv6: handlePacket(frame, header, of: sender, .v6, at: now)
        default: counters.drop(.etherType)
        }
    }

    private mutating func handlePacket(
        _ frame: [UInt8], _ header: EthernetHeader, of sender: Member, _ family: IPAddress.Family,
        at now: Moment
    ) {
        guard let packet = Packet(frame, at: header.length), packet.family == family else {
            return counters.drop(.malformed)
        }
        guard packet.length <= Self.interfaceMTU else { return counters.drop(.tooBig) }
        if let question = NeighbourDiscovery.question(frame, packet) {
            return answer(question, packet, of: sender)
        }
        guard !header.destination.isMulticast, !packet.destination.isMulticast,
            packet.destination.bits != 0xffff_ffff
        else { return counters.drop(.multicast) }
        let source = packet.source
        guard
            sender.eni.checksSource
                ? sender.eni.owns(source)
                : !source.isMulticast && !source.isUnspecified && !source.isLinkLocal
        else { return counters.drop(.source) }
        guard
            var transit = admit(
                frame, packet, from: .eni(sender.eni.id), headerLength: header.length, at: now)
        else { return }
        if header.destination == Self.routerMAC { return route(transit, of: sender) }
        // A neighbour of the subnet, whatever the IP address: how routes between machines work.
        guard let target = macs[header.destination].flatMap({ members[$0] }),
            target.subnet.id == sender.subnet.id
        else { return counters.drop(.unknownMAC) }
        transit.linkSource = header.source
        guard passes(transit, .egress, of: sender.eni.id, path: .vpc) else { return }
        deliver(transit, to: target.eni.id)
    }

    // MARK: Answers

    private mutating func answer(_ request: ARPRequest, of asker: Member) {
        guard request.sender == asker.eni.mac else { return counters.drop(.sourceMAC) }
        guard let mac = mac(of: request.target, for: asker) else { return }
        counters.answers += 1
        send(request.reply(mac), type: EthernetHeader.arp, to: asker, from: mac)
    }

    private mutating func answer(
        _ question: NeighbourDiscovery.Question, _ packet: Packet, of asker: Member
    ) {
        let message: [UInt8]
        var mac = Self.routerMAC
        switch question {
        case .router:
            guard asker.subnet.networks.contains(where: { $0.family == .v6 }) else { return }
            // The source has to be link-local (RFC 4861 section 6.1.2).
            message = NeighbourDiscovery.routerAdvertisement(
                from: Self.routerAddress, at: mac, to: packet.source, mtu: UInt32(Self.interfaceMTU))
        case .neighbour(let target):
            guard packet.source.isUnspecified || packet.source.isLinkLocal || asker.eni.owns(packet.source)
            else { return counters.drop(.source) }
            guard let found = self.mac(of: target, for: asker) else { return }
            mac = found
            message = NeighbourDiscovery.advertisement(
                of: target, at: mac, to: packet.source, isRouter: mac == Self.routerMAC)
        }
        counters.answers += 1
        send(message, type: EthernetHeader.ipv6, to: asker, from: mac)
    }

    /// Who answers for an address on the asker's link; nil for its own addresses and those that nobody has.
    private func mac(of target: IPAddress, for asker: Member) -> MACAddress? {
        if target == Self.routerAddress || target == NeighbourDiscovery.linkLocal(of: Self.routerMAC)
            || services.contains(target)
        {
            return Self.routerMAC
        }
        guard let network = asker.subnet.networks.first(where: { $0.contains(target) }) else { return nil }
        if target == network.first.advanced(by: 1) { return Self.routerMAC }
        guard let owner = addresses.owner(of: target), owner != asker.eni.id, let member = members[owner],
            member.subnet.id == asker.subnet.id
        else { return nil }
        return member.eni.mac
    }

    private mutating func send(_ payload: [UInt8], type: UInt16, to member: Member, from mac: MACAddress) {
        let header = EthernetHeader(to: member.eni.mac, from: mac, vlan: member.vlan, type: type)
        output.append(Outgoing(port: member.port, bytes: header.bytes + payload))
    }

    /// Sends a packet of the router's own to an ENI.
    mutating func sendFromRouter(_ packet: [UInt8], family: IPAddress.Family, to member: Member) {
        let type = family == .v4 ? EthernetHeader.ipv4 : EthernetHeader.ipv6
        send(packet, type: type, to: member, from: Self.routerMAC)
    }
}
