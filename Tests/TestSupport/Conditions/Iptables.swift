// SPDX-License-Identifier: Apache-2.0

internal import Glibc
package import Testing

extension Trait where Self == ConditionTrait {
    /// Skips a test of the legacy iptables where there are none, in the kernel or as a program.
    package static var needsLegacyTables: Self {
        .enabled("needs /usr/sbin/iptables-legacy and CONFIG_IP_NF_IPTABLES_LEGACY") {
            access("/proc/net/ip_tables_names", F_OK) == 0 && access("/usr/sbin/iptables-legacy", X_OK) == 0
        }
    }

    /// Skips a test of the CNI project's own plugins where they are not installed (Debian: containernetworking-plugins).
    package static var needsReferencePlugins: Self {
        .needsProgram("/usr/lib/cni/bridge", "/usr/lib/cni/host-local")
    }
}
