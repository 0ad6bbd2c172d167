// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// What a host needs to forward packets, and not to lose by it what routers have advertised to it.
///
/// A host that forwards IPv6 takes itself for a router: at that moment the kernel removes the default routes that
/// advertisements have brought, and it takes no more of them, unless the link's accept_ra is 2 (rt6_purge_dflt_routers(),
/// ipv6_accept_ra(); Documentation/networking/ip-sysctl.rst). So what takes advertisements now is set to go on before
/// forwarding is switched on.
///
///     let links = try session.advertisedLinks(in: .host)
///     state.add(settings: Forwarding.settings(for: [.v4, .v6], among: links), in: .host, for: .host)
public enum Forwarding {
    /// A link as far as router advertisements go.
    public struct Link: Hashable, Sendable {
        /// Its name.
        public var name: String
        /// Its kind, as in `ip link add type KIND`; nil for a network card and the loopback.
        public var kind: String?
        /// Whether it is a port of a bridge or another link, which takes its packets.
        public var isPort = false
        /// Whether an advertisement has brought a route through it.
        public var hasAdvertisedRoute = false
        /// Its accept_ra: 0 never, 1 unless it forwards, 2 always.
        public var acceptance = 0
        /// Whether it forwards IPv6 itself, regardless of the others.
        public var isForwarding = false

        /// Creates a link that takes no advertisements.
        public init(_ name: String, kind: String? = nil) {
            self.name = name
            self.kind = kind
        }

        /// Whether it leads to routers that the host listens to: a network card, several or a part of one, or one that has
        /// brought a route.
        ///
        /// Others have containers behind them, which are not to configure the host.
        public var isUplink: Bool {
            if isPort || name == "lo" { return false }
            return hasAdvertisedRoute || kind == nil || kind == "bond" || kind == "team" || kind == "vlan"
        }
    }

    /// The settings with which a host forwards packets of some families.
    ///
    /// - Parameter links: The links of a host that does not forward IPv6 yet; none for one that does.
    public static func settings(for families: [IPAddress.Family], among links: [Link] = []) -> [Sysctl] {
        var settings: [Sysctl] = []
        if families.contains(.v4) { settings.append(switching(.v4, true)) }
        if families.contains(.v6) {
            for link in links where link.isUplink && link.acceptance == 1 && !link.isForwarding {
                settings.append(Sysctl("ipv6", "accept_ra", of: link.name, "2"))
            }
            settings.append(switching(.v6, true))
        }
        return settings
    }

    /// The setting that switches forwarding of a family for all links.
    static func switching(_ family: IPAddress.Family, _ isOn: Bool) -> Sysctl {
        Sysctl(
            family == .v4 ? "net/ipv4/ip_forward" : "net/ipv6/conf/all/forwarding", isOn ? "1" : "0")
    }
}
