// SPDX-License-Identifier: Apache-2.0

internal import LinuxCore

/// The memory of a process that runs for long.
public enum ProcessMemory {
    /// Gives memory that is free back to the kernel, as malloc_trim(3): what thousands of leases took for a moment.
    public static func giveBack() { Memory.trim() }
}
