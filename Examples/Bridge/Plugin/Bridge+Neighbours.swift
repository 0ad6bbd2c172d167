// SPDX-License-Identifier: Apache-2.0

internal import CNIPlugin
internal import LinuxCore
internal import Netlink
internal import NetworkState

/// What neighbours remember of a container's address.
///
/// An announcement (gratuitous ARP) is for those that remember another MAC address of an IP address's last owner. It goes to
/// every port: for the thousandth container it takes the kernel longer than the rest of its ADD. So where the bridge is the
/// gateway a container's MAC address is made from its IP address: who gets that again has the same one, and nobody has to
/// hear of it. The alias of a bridge that we made says so, until a container comes that has another MAC address, or more
/// than one IP address; from then on all are announced.
extension Bridge {
    private static let alias = "\(Ownership.sharedMark): a MAC address for each IP address"

    /// The container's MAC address if nobody asks for another: that of its only IP address, if the bridge is its gateway.
    ///
    /// An interface that was there before its address keeps its MAC address: a lease is for that.
    func usualMAC(_ request: StateRequest<BridgeConfiguration>) -> MACAddress? {
        let ips = request.addresses.ips
        guard request.configuration.isGateway, !request.isBegun, ips.count == 1 else { return nil }
        return ips.first.map { MACAddress(of: $0.address.address) }
    }

    /// Spares the announcement where nobody remembers another MAC address; ends that for a container that has one.
    func settleAnnouncement(
        for request: StateRequest<BridgeConfiguration>, in state: inout NetworkState, _ found: ObservedState
    ) {
        let name = request.configuration.bridge
        // One that is a port already has been here before.
        guard request.attachment != nil,
            found.link(request.hostInterface(), in: .host)?.master != name
        else { return }
        let mac = state.link(request.interface, in: .container)?.madeWith.mac
        let hasUsual = mac != nil && mac == usualMAC(request)
        let bridge = found.link(name, in: .host)
        if !hasUsual {
            guard bridge?.attributes.alias == Self.alias else { return }
            return state.update(link: name, in: .host) { $0.attributes.alias = Ownership.sharedMark }
        }
        // One that comes back to a bridge which had been lost tells nothing of the others.
        guard request.isAddition, bridge == nil || bridge?.attributes.alias == Self.alias else { return }
        state.update(link: request.interface, in: .container) { $0.isAnnounced = false }
        state.update(link: name, in: .host) { $0.alias = Self.alias }
    }
}

extension MACAddress {
    /// The address of a container's interface that has this IP address.
    ///
    /// `0a:58` and the bytes of an IPv4 address, `0e` and a hash of an IPv6 one: both of the locally administered kind
    /// (IEEE 802-2014 section 8.4).
    init(of address: IPAddress) {
        switch address.family {
        case .v4: self.init(bits: 0x0a58 << 32 | UInt64(truncatingIfNeeded: address.bits))
        case .v6: self.init(bits: 0x0e << 40 | StableHash.number("\(address)") & 0xff_ffff_ffff)
        }
    }
}
