// SPDX-License-Identifier: Apache-2.0

import Namespaces
import Testing

extension Trait where Self == ConditionTrait {
    /// Skips where this process may not make network namespaces.
    static var needsNetworkNamespaces: Self {
        .enabled("needs CAP_SYS_ADMIN and CAP_NET_ADMIN, as root or under `unshare -rn`") {
            do {
                _ = try NetworkNamespace.anonymous()
                return true
            } catch {
                return false
            }
        }
    }
}
