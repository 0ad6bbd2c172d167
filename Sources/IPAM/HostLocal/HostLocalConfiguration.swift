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
        guard let ipam = configuration.ipam else {
            throw CNIError(.invalidConfiguration, "IPAM config missing 'ipam' key")
        }
        let section = try ipam.decode(Section.self, at: "ipam")
        sets = try Self.sets(of: section, configuration)
        requested = try Self.requests(AddressRequests(configuration, arguments))
        routes = section.routes ?? []
        resolvConf = section.resolvConf.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Runtime ranges come first, then the one of the oldest form of configuration, then the list.
    private static func sets(
        of section: Section, _ configuration: NetworkConfiguration
    ) throws(CNIError) -> [RangeSet] {
        let runtime = try configuration.runtimeConfig?.decode(Runtime.self, at: "runtimeConfig").ipRanges
        var sets = try parsed(runtime ?? [], at: "runtimeConfig.ipRanges")
        if section.subnet != nil {
            sets.append(try RangeSet([try section.range.checked(at: "ipam")], at: "ipam"))
        }
        sets += try parsed(section.ranges ?? [], at: "ipam.ranges")
        if sets.isEmpty {
            throw CNIError(.invalidConfiguration, "ipam.ranges: no IP ranges specified")
        }
        guard configuration.version.canHold(sets.map(\.family)) else {
            throw .tooManyAddresses(for: configuration.version)
        }
        for (index, set) in sets.enumerated() {
            if let other = sets[..<index].firstIndex(where: { $0.overlaps(set) }) {
                throw CNIError(
                    .invalidConfiguration, "ipam.ranges: range set \(other) overlaps with \(index)")
            }
        }
        let reserved = sets.reduce(into: Set()) { $0.formUnion($1.reserved) }
        for index in sets.indices { sets[index].reserved = reserved }
        return sets
    }

    private static func parsed(_ sets: [[Range]], at path: String) throws(CNIError) -> [RangeSet] {
        var parsed: [RangeSet] = []
        for (outer, set) in sets.enumerated() {
            var ranges: [AllocationRange] = []
            for (inner, range) in set.enumerated() {
                ranges.append(try range.checked(at: "\(path)[\(outer)][\(inner)]"))
            }
            parsed.append(try RangeSet(ranges, at: "\(path)[\(outer)]"))
        }
        return parsed
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

extension HostLocalConfiguration {
    private struct Section: Decodable {
        var subnet: String?
        var rangeStart: LenientAddress?
        var rangeEnd: LenientAddress?
        var gateway: LenientAddress?
        var ranges: [[Range]]?
        var routes: [CNIResult.Route]?
        var resolvConf: String?

        var range: Range {
            Range(subnet: subnet, rangeStart: rangeStart, rangeEnd: rangeEnd, gateway: gateway)
        }
    }

    private struct Runtime: Decodable {
        var ipRanges: [[Range]]?
    }

    private struct Range: Decodable {
        var subnet: String?
        var rangeStart: LenientAddress?
        var rangeEnd: LenientAddress?
        var gateway: LenientAddress?

        func checked(at path: String) throws(CNIError) -> AllocationRange {
            guard let subnet else { throw CNIError(.invalidConfiguration, "\(path).subnet: missing") }
            guard let prefix = IPPrefix(subnet), prefix.address.canonical.family == prefix.family else {
                throw CNIError(.invalidConfiguration, "\(path).subnet: \"\(subnet)\" is not a network")
            }
            return try AllocationRange(
                subnet: prefix, start: rangeStart?.value, end: rangeEnd?.value, gateway: gateway?.value,
                at: path)
        }
    }
}
