// SPDX-License-Identifier: Apache-2.0

import Namespaces
import Netlink
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

    /// Skips a test where the kernel has no tunnels of this kind.
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
}
