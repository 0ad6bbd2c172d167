// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import LinuxCore

/// The machine's own namespaces, in which all of its processes can be looked at.
package enum FirstNamespaces {
    /// Whether this is root in the first namespaces of users and processes: elsewhere nothing is known to be gone.
    package static var areOurs: Bool {
        // The kernel's PROC_PID_INIT_INO and PROC_USER_INIT_INO.
        let first: [(String, UInt64)] = [("pid", 0xefff_fffc), ("user", 0xefff_fffd)]
        return geteuid() == 0
            && first.allSatisfy { (try? FileStatus(of: "/proc/self/ns/\($0.0)").identity.inode) == $0.1 }
    }
}
