// SPDX-License-Identifier: Apache-2.0

import Glibc
import Namespaces
import Netlink
import Testing

extension Trait where Self == ConditionTrait {
    /// Skips where the kernel has no links of a kind.
    static func needsKind(_ name: String) -> Self {
        .enabled("needs a kernel with links of type \(name)") { hasKind(name) }
    }
}

/// Whether the kernel has links of a kind: it says that it does not (EOPNOTSUPP) before it looks at anything else.
func hasKind(_ name: String) -> Bool {
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
