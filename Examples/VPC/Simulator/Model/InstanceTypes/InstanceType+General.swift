// SPDX-License-Identifier: Apache-2.0

extension InstanceType {
    /// General purpose: see ``table``.
    static let general = """
        t2.nano 1 512 x86_64 xen 1x2 2
        t2.micro 1 1024 x86_64 xen 1x2 2
        t2.small 1 2048 x86_64 xen 1x3 4
        t2.medium 2 4096 x86_64 xen 1x3 6
        t2.large 2 8192 x86_64 xen 1x3 12
        t2.xlarge 4 16384 x86_64 xen 1x3 15
        t2.2xlarge 8 32768 x86_64 xen 1x3 15
        t3.nano 2 512 x86_64 nitro 1x2 2
        t3.micro 2 1024 x86_64 nitro 1x2 2
        t3.small 2 2048 x86_64 nitro 1x3 4
        t3.medium 2 4096 x86_64 nitro 1x3 6
        t3.large 2 8192 x86_64 nitro 1x3 12
        t3.xlarge 4 16384 x86_64 nitro 1x4 15
        t3.2xlarge 8 32768 x86_64 nitro 1x4 15
        t3a.nano 2 512 x86_64 nitro 1x2 2
        t3a.micro 2 1024 x86_64 nitro 1x2 2
        t3a.small 2 2048 x86_64 nitro 1x2 4
        t3a.medium 2 4096 x86_64 nitro 1x3 6
        t3a.large 2 8192 x86_64 nitro 1x3 12
        t3a.xlarge 4 16384 x86_64 nitro 1x4 15
        t3a.2xlarge 8 32768 x86_64 nitro 1x4 15
        t4g.nano 2 512 arm64 nitro 1x2 2
        t4g.micro 2 1024 arm64 nitro 1x2 2
        t4g.small 2 2048 arm64 nitro 1x3 4
        t4g.medium 2 4096 arm64 nitro 1x3 6
        t4g.large 2 8192 arm64 nitro 1x3 12
        t4g.xlarge 4 16384 arm64 nitro 1x4 15
        t4g.2xlarge 8 32768 arm64 nitro 1x4 15
        m4.large 2 8192 x86_64 xen 1x2 10
        m4.xlarge 4 16384 x86_64 xen 1x4 15
        m4.2xlarge 8 32768 x86_64 xen 1x4 15
        m4.4xlarge 16 65536 x86_64 xen 1x8 30
        m4.10xlarge 40 163840 x86_64 xen 1x8 30
        m4.16xlarge 64 262144 x86_64 xen 1x8 30
        m5.large 2 8192 x86_64 nitro 1x3 10
        m5.xlarge 4 16384 x86_64 nitro 1x4 15
        m5.2xlarge 8 32768 x86_64 nitro 1x4 15
        m5.4xlarge 16 65536 x86_64 nitro 1x8 30
        m5.8xlarge 32 131072 x86_64 nitro 1x8 30
        m5.12xlarge 48 196608 x86_64 nitro 1x8 30
        m5.16xlarge 64 262144 x86_64 nitro 1x15 50
        m5.24xlarge 96 393216 x86_64 nitro 1x15 50
        m5.metal 96 393216 x86_64 metal 1x15 50
        m5a.large 2 8192 x86_64 nitro 1x3 10
        m5a.xlarge 4 16384 x86_64 nitro 1x4 15
        m5a.2xlarge 8 32768 x86_64 nitro 1x4 15
        m5a.4xlarge 16 65536 x86_64 nitro 1x8 30
        m5a.8xlarge 32 131072 x86_64 nitro 1x8 30
        m5a.12xlarge 48 196608 x86_64 nitro 1x8 30
        m5a.16xlarge 64 262144 x86_64 nitro 1x15 50
        m5a.24xlarge 96 393216 x86_64 nitro 1x15 50
        m5d.large 2 8192 x86_64 nitro 1x3 10
        m5d.xlarge 4 16384 x86_64 nitro 1x4 15
        m5d.2xlarge 8 32768 x86_64 nitro 1x4 15
        m5d.4xlarge 16 65536 x86_64 nitro 1x8 30
        m5d.8xlarge 32 131072 x86_64 nitro 1x8 30
        m5d.12xlarge 48 196608 x86_64 nitro 1x8 30
        m5d.16xlarge 64 262144 x86_64 nitro 1x15 50
        m5d.24xlarge 96 393216 x86_64 nitro 1x15 50
        m5d.metal 96 393216 x86_64 metal 1x15 50
        m5n.large 2 8192 x86_64 nitro 1x3 10
        m5n.xlarge 4 16384 x86_64 nitro 1x4 15
        m5n.2xlarge 8 32768 x86_64 nitro 1x4 15
        m5n.4xlarge 16 65536 x86_64 nitro 1x8 30
        m5n.8xlarge 32 131072 x86_64 nitro 1x8 30
        m5n.12xlarge 48 196608 x86_64 nitro 1x8 30
        m5n.16xlarge 64 262144 x86_64 nitro 1x15 50
        m5n.24xlarge 96 393216 x86_64 nitro 1x15 50 efa
        m5n.metal 96 393216 x86_64 metal 1x15 50 efa
        m6i.large 2 8192 x86_64 nitro 1x3 10
        m6i.xlarge 4 16384 x86_64 nitro 1x4 15
        m6i.2xlarge 8 32768 x86_64 nitro 1x4 15
        m6i.4xlarge 16 65536 x86_64 nitro 1x8 30
        m6i.8xlarge 32 131072 x86_64 nitro 1x8 30
        m6i.12xlarge 48 196608 x86_64 nitro 1x8 30
        m6i.16xlarge 64 262144 x86_64 nitro 1x15 50
        m6i.24xlarge 96 393216 x86_64 nitro 1x15 50
        m6i.32xlarge 128 524288 x86_64 nitro 1x15 50 efa
        m6i.metal 128 524288 x86_64 metal 1x15 50 efa
        m6a.large 2 8192 x86_64 nitro 1x3 10
        m6a.xlarge 4 16384 x86_64 nitro 1x4 15
        m6a.2xlarge 8 32768 x86_64 nitro 1x4 15
        m6a.4xlarge 16 65536 x86_64 nitro 1x8 30
        m6a.8xlarge 32 131072 x86_64 nitro 1x8 30
        m6a.12xlarge 48 196608 x86_64 nitro 1x8 30
        m6a.16xlarge 64 262144 x86_64 nitro 1x15 50
        m6a.24xlarge 96 393216 x86_64 nitro 1x15 50
        m6a.32xlarge 128 524288 x86_64 nitro 1x15 50
        m6a.48xlarge 192 786432 x86_64 nitro 1x15 50 efa
        m6a.metal 192 786432 x86_64 metal 1x15 50 efa
        m6g.medium 1 4096 arm64 nitro 1x2 4
        m6g.large 2 8192 arm64 nitro 1x3 10
        m6g.xlarge 4 16384 arm64 nitro 1x4 15
        m6g.2xlarge 8 32768 arm64 nitro 1x4 15
        m6g.4xlarge 16 65536 arm64 nitro 1x8 30
        m6g.8xlarge 32 131072 arm64 nitro 1x8 30
        m6g.12xlarge 48 196608 arm64 nitro 1x8 30
        m6g.16xlarge 64 262144 arm64 nitro 1x15 50
        m6g.metal 64 262144 arm64 metal 1x15 50
        m7i.large 2 8192 x86_64 nitro 1x3 10
        m7i.xlarge 4 16384 x86_64 nitro 1x4 15
        m7i.2xlarge 8 32768 x86_64 nitro 1x4 15
        m7i.4xlarge 16 65536 x86_64 nitro 1x8 30
        m7i.8xlarge 32 131072 x86_64 nitro 1x8 30
        m7i.12xlarge 48 196608 x86_64 nitro 1x8 30
        m7i.16xlarge 64 262144 x86_64 nitro 1x15 50
        m7i.24xlarge 96 393216 x86_64 nitro 1x15 50
        m7i.metal-24xl 96 393216 x86_64 metal 1x15 50
        m7i.48xlarge 192 786432 x86_64 nitro 1x15 50 efa
        m7i.metal-48xl 192 786432 x86_64 metal 1x15 50 efa
        m7a.medium 1 4096 x86_64 nitro 1x2 4
        m7a.large 2 8192 x86_64 nitro 1x3 10
        m7a.xlarge 4 16384 x86_64 nitro 1x4 15
        m7a.2xlarge 8 32768 x86_64 nitro 1x4 15
        m7a.4xlarge 16 65536 x86_64 nitro 1x8 30
        m7a.8xlarge 32 131072 x86_64 nitro 1x8 30
        m7a.12xlarge 48 196608 x86_64 nitro 1x8 30
        m7a.16xlarge 64 262144 x86_64 nitro 1x15 50
        m7a.24xlarge 96 393216 x86_64 nitro 1x15 50
        m7a.32xlarge 128 524288 x86_64 nitro 1x15 50
        m7a.48xlarge 192 786432 x86_64 nitro 1x15 50 efa
        m7a.metal-48xl 192 786432 x86_64 metal 1x15 50 efa
        m7g.medium 1 4096 arm64 nitro 1x2 4
        m7g.large 2 8192 arm64 nitro 1x3 10
        m7g.xlarge 4 16384 arm64 nitro 1x4 15
        m7g.2xlarge 8 32768 arm64 nitro 1x4 15
        m7g.4xlarge 16 65536 arm64 nitro 1x8 30
        m7g.8xlarge 32 131072 arm64 nitro 1x8 30
        m7g.12xlarge 48 196608 arm64 nitro 1x8 30
        m7g.16xlarge 64 262144 arm64 nitro 1x15 50 efa
        m7g.metal 64 262144 arm64 metal 1x15 50 efa
        m8g.medium 1 4096 arm64 nitro 1x2 4
        m8g.large 2 8192 arm64 nitro 1x3 10
        m8g.xlarge 4 16384 arm64 nitro 1x4 15
        m8g.2xlarge 8 32768 arm64 nitro 1x4 15
        m8g.4xlarge 16 65536 arm64 nitro 1x8 30
        m8g.8xlarge 32 131072 arm64 nitro 1x8 30
        m8g.12xlarge 48 196608 arm64 nitro 1x8 30
        m8g.16xlarge 64 262144 arm64 nitro 1x15 50
        m8g.24xlarge 96 393216 arm64 nitro 1x15 50 efa
        m8g.metal-24xl 96 393216 arm64 metal 1x15 50 efa
        m8g.48xlarge 192 786432 arm64 nitro 1x15 50 efa
        m8g.metal-48xl 192 786432 arm64 metal 1x15 50 efa
        a1.medium 1 2048 arm64 nitro 1x2 4
        a1.large 2 4096 arm64 nitro 1x3 10
        a1.xlarge 4 8192 arm64 nitro 1x4 15
        a1.2xlarge 8 16384 arm64 nitro 1x4 15
        a1.4xlarge 16 32768 arm64 nitro 1x8 30
        a1.metal 16 32768 arm64 metal 1x8 30
        """
}
