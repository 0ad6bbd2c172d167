// SPDX-License-Identifier: Apache-2.0

internal import CLinuxShims
internal import Glibc
internal import LinuxCore

/// A run of the machine's kernel, as far as a lease can be told by it to be of a former one.
package struct Boot: Hashable, Sendable {
    /// The kernel's identifier of this boot; empty if it is not known beyond doubt.
    var identifier: String
    /// When the kernel started, by the clock as it is now: nanoseconds since 1970.
    var start: Int64

    /// A boot of which nothing is known: no lease counts as of a former one.
    static let unknown = Boot(identifier: "", start: .min)

    /// Whether a lease was made in a former boot: its record was written when it was made, under another boot's
    /// identifier, and its file is older than this kernel.
    func isLater(than record: LeaseRecord) -> Bool {
        !identifier.isEmpty && !record.boot.isEmpty && record.boot != identifier && record.modified < start
    }
}

/// Where to look which boot it is.
package enum BootSource: Hashable, Sendable {
    /// The kernel's own word, see proc_sys_kernel(5) on random/boot_id.
    case kernel
    /// A given identifier, of a boot that began after every lease there is; for tests.
    case fixed(String)

    /// The boot of the kernel that leases in a folder live and die with.
    func boot(ofLeasesIn folder: String) -> Boot {
        switch self {
        case .fixed(let text):
            return text.isEmpty ? .unknown : Boot(identifier: text, start: .max)
        case .kernel:
            do throws(SystemError) {
                guard try FileSystem.isOfThisKernelAlone(folder) else { return .unknown }
                return Boot(identifier: try Self.kernelsIdentifier(), start: Self.kernelsStart)
            } catch {
                return .unknown
            }
        }
    }

    /// The boot's identifier, or nothing where something else is mounted in the file's place.
    ///
    /// LXC and systemd-nspawn give each container an identifier of its own that way.
    private static func kernelsIdentifier() throws(SystemError) -> String {
        let path = "/proc/sys/kernel/random/boot_id"
        guard try FileSystem.kind(at: path) == FileSystem.proc else { return "" }
        let content = try File.read(path, limit: 256)
        return String(decoding: content.prefix { $0 > 0x20 && $0 < 0x7f }, as: UTF8.self)
    }

    private static var kernelsStart: Int64 { nanoseconds(CLOCK_REALTIME) - nanoseconds(CLOCK_BOOTTIME) }

    private static func nanoseconds(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// The kinds of file systems, by the numbers of linux/magic.h.
private enum FileSystem {
    static let proc: UInt32 = 0x9fa0

    /// Those that one kernel alone can have mounted: what is on them was written by it or by one before it.
    ///
    /// Not NFS, 9p, virtiofs and the like, behind which there may be other machines; nor overlays, which may have
    /// one of those below.
    private static let local: [UInt32] = [
        0xef53, 0x5846_5342, 0x9123_683e, 0xf2f5_2010, 0x2fc1_2fc1, 0xca45_1a4e, 0x0102_1994,
    ]  // ext2 to ext4, XFS, Btrfs, F2FS, ZFS, bcachefs, tmpfs

    static func isOfThisKernelAlone(_ path: String) throws(SystemError) -> Bool {
        local.contains(try kind(at: path))
    }

    static func kind(at path: String) throws(SystemError) -> UInt32 {
        var kind: UInt32 = 0
        try systemCall("statfs \(path)") { swift_cni_file_system(path, &kind) }
        return kind
    }
}
