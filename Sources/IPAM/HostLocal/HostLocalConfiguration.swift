// SPDX-License-Identifier: Apache-2.0

package import CNITypes

/// What ADD, CHECK and STATUS of host-local need to know, checked.
package struct HostLocalConfiguration: Sendable {
    /// The range sets; an attachment gets an address of each.
    package let sets: [RangeSet]
    /// Addresses asked for.
    package let requested: [IPAddress]
    package let routes: [CNIResult.Route]
    /// The file to read DNS settings from.
    package let resolvConf: String?

    package init(
        _ configuration: NetworkConfiguration, _ arguments: CNIArguments
    ) throws(CNIError) {
        let ipam = JSONCursor(configuration.raw)["ipam"]
        if ipam.isAbsent { throw CNIError(.invalidConfiguration, "IPAM config missing 'ipam' key") }
        sets = try Self.sets(of: ipam, configuration)
        requested = try Self.requests(AddressRequests(configuration, arguments))
        var routes: [CNIResult.Route] = []
        for route in try ipam["routes"].elements() { routes.append(try CNIResult.Route(route)) }
        self.routes = routes
        resolvConf = try ipam["resolvConf"].nonEmptyText()
    }

    /// Runtime ranges come first, then the one of the oldest form of configuration, then the list.
    private static func sets(
        of ipam: JSONCursor, _ configuration: NetworkConfiguration
    ) throws(CNIError) -> [RangeSet] {
        var sets = try rangeSets(JSONCursor(configuration.raw).capability("ipRanges"))
        if !ipam["subnet"].isAbsent {
            sets.append(try RangeSet([try AllocationRange(ipam)], at: ipam.place))
        }
        sets += try rangeSets(ipam["ranges"])
        if sets.isEmpty {
            throw CNIError(
                .invalidConfiguration, at: "ipam.ranges", "no IP ranges specified", details: "ipam.ranges")
        }
        guard configuration.version.canHold(sets.map(\.family)) else {
            throw .tooManyAddresses(for: configuration.version)
        }
        for (index, set) in sets.enumerated() {
            if let other = sets[..<index].firstIndex(where: { $0.overlaps(set) }) {
                throw CNIError(
                    .invalidConfiguration, at: "ipam.ranges", "range set \(other) overlaps with \(index)",
                    details: "ipam.ranges")
            }
        }
        let reserved = sets.flatMap(\.reserved)
        for index in sets.indices { sets[index].reserved = reserved }
        return sets
    }

    private static func rangeSets(_ sets: JSONCursor) throws(CNIError) -> [RangeSet] {
        var read: [RangeSet] = []
        for set in try sets.elements() {
            var ranges: [AllocationRange] = []
            for range in try set.elements() { ranges.append(try AllocationRange(range)) }
            read.append(try RangeSet(ranges, at: set.place))
        }
        return read
    }

    /// All that was asked for, wherever; a prefix length says nothing here, as the range has its own.
    private static func requests(_ requests: AddressRequests) throws(CNIError) -> [IPAddress] {
        var addresses: [IPAddress] = []
        func add(_ text: String, _ place: String, _ code: CNIError.Code) throws(CNIError) {
            guard let address = IPPrefix(text)?.address ?? IPAddress(text) else {
                throw CNIError(code, "\(place): \"\(text)\" is not an IP address")
            }
            if !addresses.contains(address.canonical) { addresses.append(address.canonical) }
        }
        if let text = requests.environment { try add(text, "CNI_ARGS: IP", .invalidEnvironment) }
        for (index, text) in requests.arguments.enumerated() {
            try add(text, "args.cni.ips[\(index)]", .invalidConfiguration)
        }
        for (index, text) in requests.runtime.enumerated() {
            try add(text, "runtimeConfig.ips[\(index)]", .invalidConfiguration)
        }
        return addresses
    }
}

extension AllocationRange {
    /// Reads `subnet`, `rangeStart`, `rangeEnd` and `gateway`.
    fileprivate init(_ range: JSONCursor) throws(CNIError) {
        try range.requireObject()
        // All of it is read before any of it is judged: what is no address is wrong regardless of the network.
        let text = try range["subnet"].text()
        let start = try range["rangeStart"].lenientAddress()
        let end = try range["rangeEnd"].lenientAddress()
        let gateway = try range["gateway"].lenientAddress()
        guard let subnet = try range["subnet"].required(text.map { IPPrefix($0) }),
            subnet.address.canonical.family == subnet.family
        else {
            throw range["subnet"].failure("\"\(text ?? "")\" is not a network")
        }
        try self.init(subnet: subnet, start: start, end: end, gateway: gateway, at: range.place)
    }
}
