// SPDX-License-Identifier: Apache-2.0

internal import LinuxCore

extension OverlayNode {
    /// Whether the kernel has nexthop objects, and shows the gateways of their routes as those of others.
    ///
    /// Of the namespace that the calling thread is in. That is the default from Linux 5.8 on (nexthop_compat_mode in the
    /// kernel's Documentation/networking/ip-sysctl.rst).
    public static var kernelShowsNexthops: Bool {
        let setting = try? File.read("/proc/sys/net/ipv4/nexthop_compat_mode")
        return setting?.first == UInt8(ascii: "1")
    }
}
