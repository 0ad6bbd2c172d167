// SPDX-License-Identifier: Apache-2.0

internal import LinuxCore

/// Which boot of the machine this is.
package enum BootIdentifier: Hashable, Sendable {
    /// The kernel's own, see proc_sys_kernel(5) on random/boot_id.
    case kernel
    /// A given one, for tests.
    case fixed(String)

    /// The identifier, or nothing if the kernel does not tell: then no lease counts as of another boot.
    var text: String {
        switch self {
        case .fixed(let text): return text
        case .kernel:
            guard let content = try? File.read("/proc/sys/kernel/random/boot_id", limit: 256) else {
                return ""
            }
            return String(decoding: content.prefix { $0 > 0x20 && $0 < 0x7f }, as: UTF8.self)
        }
    }
}
