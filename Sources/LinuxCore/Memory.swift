// SPDX-License-Identifier: Apache-2.0

internal import CLinuxShims

/// The process's memory.
package enum Memory {
    /// Has the C library take memory in few large steps and never give any back, for a process that ends in a moment.
    ///
    /// Saves a plugin some ten system calls, and the thread that enters a namespace an arena of its own (mallopt(3)).
    package static func keep() { swift_cni_keep_memory() }

    /// Gives free memory back, for a process that runs for long and has just needed much.
    package static func trim() { swift_cni_trim_memory() }
}
