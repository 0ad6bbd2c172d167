// SPDX-License-Identifier: Apache-2.0

extension HostLocal {
    /// Every key that ``HostLocalConfiguration`` and ``HostLocal`` read of a network configuration.
    package static let configurationKeys = [
        "ipam.type", "ipam.dataDir", "ipam.resolvConf",
        "ipam.subnet", "ipam.rangeStart", "ipam.rangeEnd", "ipam.gateway",
        "ipam.ranges[][].subnet", "ipam.ranges[][].rangeStart", "ipam.ranges[][].rangeEnd",
        "ipam.ranges[][].gateway",
        "ipam.routes[].dst", "ipam.routes[].gw", "ipam.routes[].mtu", "ipam.routes[].advmss",
        "ipam.routes[].priority", "ipam.routes[].table", "ipam.routes[].scope",
        "runtimeConfig.ipRanges[][].subnet", "runtimeConfig.ipRanges[][].rangeStart",
        "runtimeConfig.ipRanges[][].rangeEnd", "runtimeConfig.ipRanges[][].gateway",
        "runtimeConfig.ips[]", "args.cni.ips[]",
    ]
}
