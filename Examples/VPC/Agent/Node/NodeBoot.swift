// SPDX-License-Identifier: Apache-2.0

internal import NodeAgentCore

/// Of which boot of the machine the times of a journal are.
enum NodeBoot {
    /// The kernel's identifier of this boot; random(4).
    static var id: String {
        (try? InputFile.firstLine(of: "/proc/sys/kernel/random/boot_id")) ?? "unknown"
    }
}
