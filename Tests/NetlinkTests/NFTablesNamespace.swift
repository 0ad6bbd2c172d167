// SPDX-License-Identifier: Apache-2.0

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
