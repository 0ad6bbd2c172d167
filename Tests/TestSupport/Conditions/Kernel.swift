// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Namespaces
internal import Netlink
package import Testing

/// What the kernel can do, found out by doing it in a namespace of its own.
package enum Kernel {
    /// Whether there are links of a kind: the kernel says that there are none (EOPNOTSUPP) before it looks at anything else.
    package static func hasKind(_ name: String) -> Bool {
        do {
            let socket = try RoutingSocket(in: NetworkNamespace.anonymous())
            try socket.perform { $0.addLink("probe", .other(name)) }
            return true
        } catch let error as NetlinkError {
            return error.errno != EOPNOTSUPP
        } catch {
            return false
        }
    }

    /// Whether bridges can tell VLANs apart.
    package static let hasVLANFiltering: Bool = {
        do {
            let routing = try RoutingSocket(in: NetworkNamespace.anonymous())
            try routing.perform { $0.addLink("br0", .bridge(Netlink.Bridge(vlanFiltering: true))) }
            guard case .bridge(let settings) = try routing.link(.name("br0"))?.kind else { return false }
            return settings.vlanFiltering == true
        } catch {
            return false
        }
    }()

    /// The option that a kind of link is built by; names that differ from their option's are listed.
    static func option(of kind: String) -> String {
        switch kind {
        case "vlan": "CONFIG_VLAN_8021Q"
        case "vrf": "CONFIG_NET_VRF"
        default: "CONFIG_" + kind.uppercased()
        }
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips a test where the kernel has no links of a kind.
    package static func needsKind(_ name: String) -> Self {
        .enabled("needs \(Kernel.option(of: name))") { Kernel.hasKind(name) }
    }

    /// Skips a test where the kernel has no VXLAN tunnels.
    package static var needsVXLAN: Self { .needsKind("vxlan") }

    /// Skips a test where bridges cannot tell VLANs apart.
    package static var needsVLANFiltering: Self {
        .enabled("needs CONFIG_BRIDGE_VLAN_FILTERING") { Kernel.hasVLANFiltering }
    }
}
