// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Namespaces
internal import Netlink
package import Testing

// The texts are read by Scripts/skips.sh: capabilities, CONFIG_ options, paths and versions are checked there against the
// machine, so that a probe which fails for another reason is noticed.

extension Trait where Self == ConditionTrait {
    /// Skips a test where this process may not make network namespaces.
    package static var needsNetworkNamespaces: Self {
        .enabled("needs CAP_SYS_ADMIN and CAP_NET_ADMIN") { holds { _ = try NetworkNamespace.anonymous() } }
    }

    /// Skips a test where this process may not make network namespaces and rulesets.
    package static var needsNamespaces: Self {
        .enabled("needs CAP_SYS_ADMIN, CAP_NET_ADMIN and CONFIG_NF_TABLES") {
            holds { _ = try NFTablesSocket(in: NetworkNamespace.anonymous()).tables() }
        }
    }

    /// Skips a test where this process may not send more than net.core.wmem_max in one go.
    package static var needsLargeSendBuffer: Self {
        .enabled("needs CAP_NET_ADMIN for SO_SNDBUFFORCE") {
            let descriptor = socket(AF_NETLINK, CInt(SOCK_RAW.rawValue), 0)
            defer { close(descriptor) }
            var size: CInt = 1 << 22
            return setsockopt(
                descriptor, SOL_SOCKET, SO_SNDBUFFORCE, &size, socklen_t(MemoryLayout<CInt>.size)) == 0
        }
    }

    /// Skips a test that needs to see all processes of the machine, so that what is gone is known to be gone.
    package static var needsAllProcesses: Self {
        .enabled("needs CAP_SYS_ADMIN in the first namespaces of users and processes") {
            FirstNamespaces.areOurs
        }
    }
}

/// Whether a probe succeeds.
package func holds(_ probe: () throws -> Void) -> Bool {
    do {
        try probe()
        return true
    } catch {
        return false
    }
}
