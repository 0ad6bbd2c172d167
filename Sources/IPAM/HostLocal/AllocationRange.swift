// SPDX-License-Identifier: Apache-2.0

package import CNITypes

/// A stretch of a subnet to give addresses from.
package struct AllocationRange: Hashable, Sendable {
    package let subnet: IPPrefix
    package let addresses: IPRange
    package let gateway: IPAddress

    /// Completes and checks a range; `place` is its own in the configuration.
    ///
    /// Without bounds it is the subnet from its second address on, in IPv4 up to the one before the
    /// broadcast address. The gateway is the subnet's second address if none is given.
    package init(
        subnet: IPPrefix, start: IPAddress? = nil, end: IPAddress? = nil, gateway: IPAddress? = nil,
        at place: @autoclosure () -> JSONPath
    ) throws(CNIError) {
        func invalid(_ key: String, _ text: String, isReference: Bool = false) -> CNIError {
            let place = place().member(key)
            // What the reference plugin says stays as it is, with the place in the details.
            return CNIError(
                .invalidConfiguration, at: place, text, details: isReference ? "\(place)" : nil)
        }
        guard subnet.isNetwork else {
            throw invalid("subnet", "\(subnet) has host bits set; the network is \(subnet.network)")
        }
        guard subnet.length <= subnet.family.bitWidth - 2,
            let second = subnet.first.advanced(by: 1), let beforeLast = subnet.last.advanced(by: -1)
        else { throw invalid("subnet", "Network \(subnet) too small to allocate from", isReference: true) }
        func requireInside(_ key: String, _ address: IPAddress?) throws(CNIError) {
            guard let address, !subnet.contains(address) else { return }
            throw invalid(key, "\(address) not in network \(subnet)")
        }
        try requireInside("gateway", gateway)
        try requireInside("rangeStart", start)
        try requireInside("rangeEnd", end)
        let first = start ?? second
        let last = end ?? (subnet.family == .v4 ? beforeLast : subnet.last)
        guard let addresses = IPRange(first, last) else {
            throw invalid(
                end == nil ? "rangeStart" : "rangeEnd",
                "the range ends with \(last), before its start \(first)")
        }
        self.subnet = subnet
        self.addresses = addresses
        self.gateway = gateway ?? second
    }

    /// The addresses that no container can have: the gateway, the network's own address (in IPv6 the
    /// routers' anycast address, RFC 4291 section 2.6.1), and in IPv4 the broadcast address.
    var reserved: [IPAddress] {
        [gateway, subnet.first] + (subnet.family == .v4 ? [subnet.last] : [])
    }

    /// What a result says of an address of this range.
    func configuration(of address: IPAddress) -> CNIResult.IPConfiguration {
        let prefix = IPPrefix(address, length: subnet.length) ?? IPPrefix(host: address)
        return CNIResult.IPConfiguration(address: prefix, gateway: gateway)
    }
}
