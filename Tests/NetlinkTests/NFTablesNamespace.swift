// SPDX-License-Identifier: Apache-2.0

import Glibc
import Namespaces
import Netlink
import Testing

extension Trait where Self == ConditionTrait {
    /// Skips a test where this process may not use nf_tables in a network namespace of its own.
    static var needsNFTables: Self {
        .enabled("needs CAP_NET_ADMIN, CAP_SYS_ADMIN and a kernel with nf_tables") {
            do {
                _ = try NFTablesSocket(in: NetworkNamespace.anonymous()).tables()
                return true
            } catch {
                return false
            }
        }
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips a test where this process may not send more than net.core.wmem_max in one go.
    static var needsLargeSendBuffer: Self {
        .enabled("needs CAP_NET_ADMIN in the initial user namespace, for SO_SNDBUFFORCE") {
            let descriptor = socket(AF_NETLINK, CInt(SOCK_RAW.rawValue), 0)
            defer { close(descriptor) }
            var size: CInt = 1 << 22
            return setsockopt(
                descriptor, SOL_SOCKET, SO_SNDBUFFORCE, &size, socklen_t(MemoryLayout<CInt>.size)) == 0
        }
    }
}
