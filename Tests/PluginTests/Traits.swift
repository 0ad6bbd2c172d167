// SPDX-License-Identifier: Apache-2.0

import BridgePlugin
import CNIPlugin
import CNITesting
import Glibc
import HostLocalPlugin
import LoopbackPlugin
import Namespaces
import Netlink
import StaticPlugin
import Testing

extension Trait where Self == ConditionTrait {
    /// Skips a test where this process may not make network namespaces and rulesets.
    static var needsNamespaces: Self {
        .enabled("needs CAP_NET_ADMIN, CAP_SYS_ADMIN and a kernel with nf_tables") {
            do {
                _ = try NFTablesSocket(in: NetworkNamespace.anonymous()).tables()
                return true
            } catch {
                return false
            }
        }
    }

    /// Skips a test where bridges cannot tell VLANs apart.
    static var needsVLANFiltering: Self {
        .enabled("needs a kernel with CONFIG_BRIDGE_VLAN_FILTERING") { Kernel.hasVLANFiltering }
    }

    /// Skips a test where the kernel has no VXLAN tunnels.
    static var needsVXLAN: Self {
        .enabled("needs a kernel with CONFIG_VXLAN") {
            do {
                let routing = try RoutingSocket(in: NetworkNamespace.anonymous())
                try routing.perform { $0.addLink("v", .vxlan(VXLAN(identifier: 1, port: 4789))) }
                return true
            } catch {
                return false
            }
        }
    }

    /// Skips a test that asks a program of the machine.
    static func needsProgram(_ path: String) -> Self {
        .enabled("needs \(path)") { access(path, X_OK) == 0 }
    }
}

/// What the kernel has been built with.
enum Kernel {
    /// Whether bridges can tell VLANs apart.
    static let hasVLANFiltering: Bool = {
        do {
            let routing = try RoutingSocket(in: NetworkNamespace.anonymous())
            try routing.perform { $0.addLink("br0", .bridge(Netlink.Bridge(vlanFiltering: true))) }
            guard case .bridge(let settings) = try routing.link(.name("br0"))?.kind else { return false }
            return settings.vlanFiltering == true
        } catch {
            return false
        }
    }()
}

extension Siblings {
    /// The plugins for addresses, called in the process.
    static var ipam: Siblings {
        var siblings = Siblings()
        siblings.add(HostLocalPlugin.self)
        siblings.add(StaticPlugin.self)
        return siblings
    }
}
