// SPDX-License-Identifier: Apache-2.0

extension StaticIPAM {
    /// Every key that ``StaticConfiguration`` reads of a network configuration.
    package static let configurationKeys = [
        "ipam.type", "ipam.addresses[].address", "ipam.addresses[].gateway",
        "ipam.routes[].dst", "ipam.routes[].gw", "ipam.routes[].mtu", "ipam.routes[].advmss",
        "ipam.routes[].priority", "ipam.routes[].table", "ipam.routes[].scope",
        "ipam.dns.nameservers[]", "ipam.dns.domain", "ipam.dns.search[]", "ipam.dns.options[]",
        "runtimeConfig.ips[]", "args.cni.ips[]",
    ]
}
