// SPDX-License-Identifier: Apache-2.0

extension InstanceType {
    /// Optimized for computing, memory, storage, and accelerated ones: see ``table``.
    static let special = """
        c4.large 2 3840 x86_64 xen 1x3 10
        c4.xlarge 4 7680 x86_64 xen 1x4 15
        c4.2xlarge 8 15360 x86_64 xen 1x4 15
        c4.4xlarge 16 30720 x86_64 xen 1x8 30
        c4.8xlarge 36 61440 x86_64 xen 1x8 30
        c5.large 2 4096 x86_64 nitro 1x3 10
        c5.xlarge 4 8192 x86_64 nitro 1x4 15
        c5.2xlarge 8 16384 x86_64 nitro 1x4 15
        c5.4xlarge 16 32768 x86_64 nitro 1x8 30
        c5.9xlarge 36 73728 x86_64 nitro 1x8 30
        c5.12xlarge 48 98304 x86_64 nitro 1x8 30
        c5.18xlarge 72 147456 x86_64 nitro 1x15 50
        c5.24xlarge 96 196608 x86_64 nitro 1x15 50
        c5.metal 96 196608 x86_64 metal 1x15 50
        c5a.large 2 4096 x86_64 nitro 1x3 10
        c5a.xlarge 4 8192 x86_64 nitro 1x4 15
        c5a.2xlarge 8 16384 x86_64 nitro 1x4 15
        c5a.4xlarge 16 32768 x86_64 nitro 1x8 30
        c5a.8xlarge 32 65536 x86_64 nitro 1x8 30
        c5a.12xlarge 48 98304 x86_64 nitro 1x8 30
        c5a.16xlarge 64 131072 x86_64 nitro 1x15 50
        c5a.24xlarge 96 196608 x86_64 nitro 1x15 50
        c5n.large 2 5376 x86_64 nitro 1x3 10
        c5n.xlarge 4 10752 x86_64 nitro 1x4 15
        c5n.2xlarge 8 21504 x86_64 nitro 1x4 15
        c5n.4xlarge 16 43008 x86_64 nitro 1x8 30
        c5n.9xlarge 36 98304 x86_64 nitro 1x8 30 efa
        c5n.18xlarge 72 196608 x86_64 nitro 1x15 50 efa
        c5n.metal 72 196608 x86_64 metal 1x15 50 efa
        c6i.large 2 4096 x86_64 nitro 1x3 10
        c6i.xlarge 4 8192 x86_64 nitro 1x4 15
        c6i.2xlarge 8 16384 x86_64 nitro 1x4 15
        c6i.4xlarge 16 32768 x86_64 nitro 1x8 30
        c6i.8xlarge 32 65536 x86_64 nitro 1x8 30
        c6i.12xlarge 48 98304 x86_64 nitro 1x8 30
        c6i.16xlarge 64 131072 x86_64 nitro 1x15 50
        c6i.24xlarge 96 196608 x86_64 nitro 1x15 50
        c6i.32xlarge 128 262144 x86_64 nitro 1x15 50 efa
        c6i.metal 128 262144 x86_64 metal 1x15 50 efa
        c6a.large 2 4096 x86_64 nitro 1x3 10
        c6a.xlarge 4 8192 x86_64 nitro 1x4 15
        c6a.2xlarge 8 16384 x86_64 nitro 1x4 15
        c6a.4xlarge 16 32768 x86_64 nitro 1x8 30
        c6a.8xlarge 32 65536 x86_64 nitro 1x8 30
        c6a.12xlarge 48 98304 x86_64 nitro 1x8 30
        c6a.16xlarge 64 131072 x86_64 nitro 1x15 50
        c6a.24xlarge 96 196608 x86_64 nitro 1x15 50
        c6a.32xlarge 128 262144 x86_64 nitro 1x15 50
        c6a.48xlarge 192 393216 x86_64 nitro 1x15 50 efa
        c6a.metal 192 393216 x86_64 metal 1x15 50 efa
        c6g.medium 1 2048 arm64 nitro 1x2 4
        c6g.large 2 4096 arm64 nitro 1x3 10
        c6g.xlarge 4 8192 arm64 nitro 1x4 15
        c6g.2xlarge 8 16384 arm64 nitro 1x4 15
        c6g.4xlarge 16 32768 arm64 nitro 1x8 30
        c6g.8xlarge 32 65536 arm64 nitro 1x8 30
        c6g.12xlarge 48 98304 arm64 nitro 1x8 30
        c6g.16xlarge 64 131072 arm64 nitro 1x15 50
        c6g.metal 64 131072 arm64 metal 1x15 50
        c7i.large 2 4096 x86_64 nitro 1x3 10
        c7i.xlarge 4 8192 x86_64 nitro 1x4 15
        c7i.2xlarge 8 16384 x86_64 nitro 1x4 15
        c7i.4xlarge 16 32768 x86_64 nitro 1x8 30
        c7i.8xlarge 32 65536 x86_64 nitro 1x8 30
        c7i.12xlarge 48 98304 x86_64 nitro 1x8 30
        c7i.16xlarge 64 131072 x86_64 nitro 1x15 50
        c7i.24xlarge 96 196608 x86_64 nitro 1x15 50
        c7i.metal-24xl 96 196608 x86_64 metal 1x15 50
        c7i.48xlarge 192 393216 x86_64 nitro 1x15 50 efa
        c7i.metal-48xl 192 393216 x86_64 metal 1x15 50 efa
        c7a.medium 1 2048 x86_64 nitro 1x2 4
        c7a.large 2 4096 x86_64 nitro 1x3 10
        c7a.xlarge 4 8192 x86_64 nitro 1x4 15
        c7a.2xlarge 8 16384 x86_64 nitro 1x4 15
        c7a.4xlarge 16 32768 x86_64 nitro 1x8 30
        c7a.8xlarge 32 65536 x86_64 nitro 1x8 30
        c7a.12xlarge 48 98304 x86_64 nitro 1x8 30
        c7a.16xlarge 64 131072 x86_64 nitro 1x15 50
        c7a.24xlarge 96 196608 x86_64 nitro 1x15 50
        c7a.32xlarge 128 262144 x86_64 nitro 1x15 50
        c7a.48xlarge 192 393216 x86_64 nitro 1x15 50 efa
        c7a.metal-48xl 192 393216 x86_64 metal 1x15 50 efa
        c7g.medium 1 2048 arm64 nitro 1x2 4
        c7g.large 2 4096 arm64 nitro 1x3 10
        c7g.xlarge 4 8192 arm64 nitro 1x4 15
        c7g.2xlarge 8 16384 arm64 nitro 1x4 15
        c7g.4xlarge 16 32768 arm64 nitro 1x8 30
        c7g.8xlarge 32 65536 arm64 nitro 1x8 30
        c7g.12xlarge 48 98304 arm64 nitro 1x8 30
        c7g.16xlarge 64 131072 arm64 nitro 1x15 50 efa
        c7g.metal 64 131072 arm64 metal 1x15 50 efa
        c8g.medium 1 2048 arm64 nitro 1x2 4
        c8g.large 2 4096 arm64 nitro 1x3 10
        c8g.xlarge 4 8192 arm64 nitro 1x4 15
        c8g.2xlarge 8 16384 arm64 nitro 1x4 15
        c8g.4xlarge 16 32768 arm64 nitro 1x8 30
        c8g.8xlarge 32 65536 arm64 nitro 1x8 30
        c8g.12xlarge 48 98304 arm64 nitro 1x8 30
        c8g.16xlarge 64 131072 arm64 nitro 1x15 50
        c8g.24xlarge 96 196608 arm64 nitro 1x15 50 efa
        c8g.metal-24xl 96 196608 arm64 metal 1x15 50 efa
        c8g.48xlarge 192 393216 arm64 nitro 1x15 50 efa
        c8g.metal-48xl 192 393216 arm64 metal 1x15 50 efa
        r4.large 2 15616 x86_64 xen 1x3 10
        r4.xlarge 4 31232 x86_64 xen 1x4 15
        r4.2xlarge 8 62464 x86_64 xen 1x4 15
        r4.4xlarge 16 124928 x86_64 xen 1x8 30
        r4.8xlarge 32 249856 x86_64 xen 1x8 30
        r4.16xlarge 64 499712 x86_64 xen 1x15 50
        r5.large 2 16384 x86_64 nitro 1x3 10
        r5.xlarge 4 32768 x86_64 nitro 1x4 15
        r5.2xlarge 8 65536 x86_64 nitro 1x4 15
        r5.4xlarge 16 131072 x86_64 nitro 1x8 30
        r5.8xlarge 32 262144 x86_64 nitro 1x8 30
        r5.12xlarge 48 393216 x86_64 nitro 1x8 30
        r5.16xlarge 64 524288 x86_64 nitro 1x15 50
        r5.24xlarge 96 786432 x86_64 nitro 1x15 50
        r5.metal 96 786432 x86_64 metal 1x15 50
        r5a.large 2 16384 x86_64 nitro 1x3 10
        r5a.xlarge 4 32768 x86_64 nitro 1x4 15
        r5a.2xlarge 8 65536 x86_64 nitro 1x4 15
        r5a.4xlarge 16 131072 x86_64 nitro 1x8 30
        r5a.8xlarge 32 262144 x86_64 nitro 1x8 30
        r5a.12xlarge 48 393216 x86_64 nitro 1x8 30
        r5a.16xlarge 64 524288 x86_64 nitro 1x15 50
        r5a.24xlarge 96 786432 x86_64 nitro 1x15 50
        r6i.large 2 16384 x86_64 nitro 1x3 10
        r6i.xlarge 4 32768 x86_64 nitro 1x4 15
        r6i.2xlarge 8 65536 x86_64 nitro 1x4 15
        r6i.4xlarge 16 131072 x86_64 nitro 1x8 30
        r6i.8xlarge 32 262144 x86_64 nitro 1x8 30
        r6i.12xlarge 48 393216 x86_64 nitro 1x8 30
        r6i.16xlarge 64 524288 x86_64 nitro 1x15 50
        r6i.24xlarge 96 786432 x86_64 nitro 1x15 50
        r6i.32xlarge 128 1048576 x86_64 nitro 1x15 50 efa
        r6i.metal 128 1048576 x86_64 metal 1x15 50 efa
        r6g.medium 1 8192 arm64 nitro 1x2 4
        r6g.large 2 16384 arm64 nitro 1x3 10
        r6g.xlarge 4 32768 arm64 nitro 1x4 15
        r6g.2xlarge 8 65536 arm64 nitro 1x4 15
        r6g.4xlarge 16 131072 arm64 nitro 1x8 30
        r6g.8xlarge 32 262144 arm64 nitro 1x8 30
        r6g.12xlarge 48 393216 arm64 nitro 1x8 30
        r6g.16xlarge 64 524288 arm64 nitro 1x15 50
        r6g.metal 64 524288 arm64 metal 1x15 50
        r7i.large 2 16384 x86_64 nitro 1x3 10
        r7i.xlarge 4 32768 x86_64 nitro 1x4 15
        r7i.2xlarge 8 65536 x86_64 nitro 1x4 15
        r7i.4xlarge 16 131072 x86_64 nitro 1x8 30
        r7i.8xlarge 32 262144 x86_64 nitro 1x8 30
        r7i.12xlarge 48 393216 x86_64 nitro 1x8 30
        r7i.16xlarge 64 524288 x86_64 nitro 1x15 50
        r7i.24xlarge 96 786432 x86_64 nitro 1x15 50
        r7i.metal-24xl 96 786432 x86_64 metal 1x15 50
        r7i.48xlarge 192 1572864 x86_64 nitro 1x15 50 efa
        r7i.metal-48xl 192 1572864 x86_64 metal 1x15 50 efa
        r7g.medium 1 8192 arm64 nitro 1x2 4
        r7g.large 2 16384 arm64 nitro 1x3 10
        r7g.xlarge 4 32768 arm64 nitro 1x4 15
        r7g.2xlarge 8 65536 arm64 nitro 1x4 15
        r7g.4xlarge 16 131072 arm64 nitro 1x8 30
        r7g.8xlarge 32 262144 arm64 nitro 1x8 30
        r7g.12xlarge 48 393216 arm64 nitro 1x8 30
        r7g.16xlarge 64 524288 arm64 nitro 1x15 50 efa
        r7g.metal 64 524288 arm64 metal 1x15 50 efa
        i3.large 2 15616 x86_64 xen 1x3 10
        i3.xlarge 4 31232 x86_64 xen 1x4 15
        i3.2xlarge 8 62464 x86_64 xen 1x4 15
        i3.4xlarge 16 124928 x86_64 xen 1x8 30
        i3.8xlarge 32 249856 x86_64 xen 1x8 30
        i3.16xlarge 64 499712 x86_64 xen 1x15 50
        i4i.large 2 16384 x86_64 nitro 1x3 10
        i4i.xlarge 4 32768 x86_64 nitro 1x4 15
        i4i.2xlarge 8 65536 x86_64 nitro 1x4 15
        i4i.4xlarge 16 131072 x86_64 nitro 1x8 30
        i4i.8xlarge 32 262144 x86_64 nitro 1x8 30
        i4i.12xlarge 48 393216 x86_64 nitro 1x8 30
        i4i.16xlarge 64 524288 x86_64 nitro 1x15 50
        i4i.24xlarge 96 786432 x86_64 nitro 1x15 30
        i4i.32xlarge 128 1048576 x86_64 nitro 1x15 50 efa
        i4i.metal 128 1048576 x86_64 metal 1x15 50 efa
        g4dn.xlarge 4 16384 x86_64 nitro 1x3 10
        g4dn.2xlarge 8 32768 x86_64 nitro 1x3 10
        g4dn.4xlarge 16 65536 x86_64 nitro 1x3 10
        g4dn.8xlarge 32 131072 x86_64 nitro 1x4 15 efa
        g4dn.12xlarge 48 196608 x86_64 nitro 1x8 30 efa
        g4dn.16xlarge 64 262144 x86_64 nitro 1x4 15 efa
        g4dn.metal 96 393216 x86_64 metal 1x15 50 efa
        g5.xlarge 4 16384 x86_64 nitro 1x4 15
        g5.2xlarge 8 32768 x86_64 nitro 1x4 15
        g5.4xlarge 16 65536 x86_64 nitro 1x8 30
        g5.8xlarge 32 131072 x86_64 nitro 1x8 30 efa
        g5.12xlarge 48 196608 x86_64 nitro 1x15 50 efa
        g5.16xlarge 64 262144 x86_64 nitro 1x8 30 efa
        g5.24xlarge 96 393216 x86_64 nitro 1x15 50 efa
        g5.48xlarge 192 786432 x86_64 nitro 1x7 50 efa
        g6.xlarge 4 16384 x86_64 nitro 1x4 15
        g6.2xlarge 8 32768 x86_64 nitro 1x4 15
        g6.4xlarge 16 65536 x86_64 nitro 1x8 30
        g6.8xlarge 32 131072 x86_64 nitro 1x8 30 efa
        g6.12xlarge 48 196608 x86_64 nitro 1x8 30 efa
        g6.16xlarge 64 262144 x86_64 nitro 1x15 50 efa
        g6.24xlarge 96 393216 x86_64 nitro 1x15 50 efa
        g6.48xlarge 192 786432 x86_64 nitro 1x15 50 efa
        p3dn.24xlarge 96 786432 x86_64 nitro 1x15 50 efa
        p4d.24xlarge 96 1179648 x86_64 nitro 4x15 50 efa
        p5.4xlarge 16 262144 x86_64 nitro 1x4 30 efa
        p5.48xlarge 192 2097152 x86_64 nitro 32x2 50 efa
        inf1.xlarge 4 8192 x86_64 nitro 1x4 10
        inf1.2xlarge 8 16384 x86_64 nitro 1x4 10
        inf1.6xlarge 24 49152 x86_64 nitro 1x8 30
        inf1.24xlarge 96 196608 x86_64 nitro 1x11 30 efa
        inf2.xlarge 4 16384 x86_64 nitro 1x4 15
        inf2.8xlarge 32 131072 x86_64 nitro 1x8 30
        inf2.24xlarge 96 393216 x86_64 nitro 1x15 50
        inf2.48xlarge 192 786432 x86_64 nitro 1x15 50
        trn1.2xlarge 8 32768 x86_64 nitro 1x4 15
        trn1.32xlarge 128 524288 x86_64 nitro 8x5 50 efa
        """
}
