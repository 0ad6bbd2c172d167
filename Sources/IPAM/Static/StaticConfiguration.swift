// SPDX-License-Identifier: Apache-2.0

package import CNITypes

/// What the static plugin hands out.
package struct StaticConfiguration: Sendable {
    package private(set) var addresses: [CNIResult.IPConfiguration]
    package let routes: [CNIResult.Route]
    package let dns: DNS

    /// Reads and checks a configuration.
    ///
    /// The addresses of `args.cni.ips` replace the configured ones and those of CNI_ARGS, and those of
    /// `runtimeConfig.ips` replace them all; the replacements have no gateway. What is replaced need not be whole:
    /// an entry with a gateway alone is as good as any other then.
    package init(
        _ configuration: NetworkConfiguration, _ arguments: CNIArguments
    ) throws(CNIError) {
        let ipam = JSONCursor(configuration.raw)["ipam"]
        if ipam.isAbsent { throw CNIError(.invalidConfiguration, "IPAM config missing 'ipam' key") }
        let requests = try AddressRequests(configuration, arguments)
        var routes: [CNIResult.Route] = []
        for route in try ipam["routes"].elements() { routes.append(try CNIResult.Route(route)) }
        self.routes = routes
        dns = try DNS(ipam["dns"])
        let isReplaced = !requests.arguments.isEmpty || !requests.runtime.isEmpty
        addresses = isReplaced ? [] : try Self.configured(ipam["addresses"])
        for text in Self.list(requests.environment) {
            let prefix = try Self.prefix(
                text, "the 'ip' field is expected to be in CIDR notation", at: nil)
            addresses.append(.init(address: prefix))
        }
        try setGateways(Self.list(arguments["GATEWAY"]))
        try replaceAddresses(requests.arguments, at: "args.cni.ips")
        try replaceAddresses(requests.runtime, at: "runtimeConfig.ips")
        guard configuration.version.canHold(addresses.map(\.address.family)) else {
            throw .tooManyAddresses(for: configuration.version)
        }
    }

    private static func configured(
        _ list: JSONCursor
    ) throws(CNIError) -> [CNIResult.IPConfiguration] {
        var addresses: [CNIResult.IPConfiguration] = []
        for entry in try list.elements() {
            try entry.requireObject()
            let prefix = try prefix(
                entry["address"].text() ?? "", "the 'address' field is expected to be in CIDR notation",
                at: entry["address"].place)
            addresses.append(.init(address: prefix, gateway: try entry["gateway"].lenientAddress()))
        }
        return addresses
    }

    /// Gives each gateway to the addresses in whose network it is.
    private mutating func setGateways(_ texts: [String]) throws(CNIError) {
        for text in texts {
            guard let gateway = IPAddress(text)?.canonical else {
                throw CNIError(
                    .invalidEnvironment, "invalid gateway address: \(text)", details: "CNI_ARGS: GATEWAY")
            }
            for index in addresses.indices where addresses[index].address.network.contains(gateway) {
                addresses[index].gateway = gateway
            }
        }
    }

    private mutating func replaceAddresses(_ texts: [String], at place: JSONPath) throws(CNIError) {
        if texts.isEmpty { return }
        addresses = []
        for (index, text) in texts.enumerated() {
            let prefix = try Self.prefix(
                text, "an entry in the 'ips' field is NOT in CIDR notation", at: place.element(index))
            addresses.append(.init(address: prefix))
        }
    }

    private static func prefix(
        _ text: String, _ complaint: String, at place: JSONPath?
    ) throws(CNIError) -> IPPrefix {
        if let prefix = IPPrefix(text) { return prefix }
        // The message is the reference plugin's, which users and tests look for.
        let message = "\(complaint), got: '\(text)'"
        guard let place else { throw CNIError(.invalidEnvironment, message, details: "CNI_ARGS: IP") }
        throw CNIError(.invalidConfiguration, at: place, message, details: "\(place)")
    }

    /// The elements of a comma-separated list.
    private static func list(_ text: String?) -> [String] {
        guard let text, !text.isEmpty else { return [] }
        return text.split(separator: ",", omittingEmptySubsequences: false).map { element in
            String(element.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
    }
}
