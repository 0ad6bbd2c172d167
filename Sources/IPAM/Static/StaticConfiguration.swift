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
    /// `runtimeConfig.ips` replace them all; the replacements have no gateway.
    package init(
        _ configuration: NetworkConfiguration, _ arguments: CNIArguments
    ) throws(CNIError) {
        guard let ipam = configuration.ipam else {
            throw CNIError(.invalidConfiguration, "IPAM config missing 'ipam' key")
        }
        let section = try ipam.decode(Section.self, at: "ipam")
        let requests = try AddressRequests(configuration, arguments)
        routes = section.routes ?? []
        dns = section.dns ?? DNS()
        addresses = []
        for (index, entry) in (section.addresses ?? []).enumerated() {
            let prefix = try Self.prefix(
                entry.address ?? "", "the 'address' field is expected to be in CIDR notation",
                at: "ipam.addresses[\(index)].address", .invalidConfiguration)
            addresses.append(.init(address: prefix, gateway: entry.gateway?.value))
        }
        for text in Self.list(requests.environment) {
            let prefix = try Self.prefix(
                text, "the 'ip' field is expected to be in CIDR notation", at: "CNI_ARGS: IP",
                .invalidEnvironment)
            addresses.append(.init(address: prefix))
        }
        try setGateways(Self.list(arguments["GATEWAY"]))
        try replaceAddresses(requests.arguments, at: "args.cni.ips")
        try replaceAddresses(requests.runtime, at: "runtimeConfig.ips")
        guard configuration.version.canHold(addresses.map(\.address.family)) else {
            throw .tooManyAddresses(for: configuration.version)
        }
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

    private mutating func replaceAddresses(_ texts: [String], at path: String) throws(CNIError) {
        if texts.isEmpty { return }
        addresses = []
        for (index, text) in texts.enumerated() {
            let prefix = try Self.prefix(
                text, "an entry in the 'ips' field is NOT in CIDR notation", at: "\(path)[\(index)]",
                .invalidConfiguration)
            addresses.append(.init(address: prefix))
        }
    }

    private static func prefix(
        _ text: String, _ complaint: String, at path: String, _ code: CNIError.Code
    ) throws(CNIError) -> IPPrefix {
        guard let prefix = IPPrefix(text) else {
            // The message is the reference plugin's, which users and tests look for.
            throw CNIError(code, "\(complaint), got: '\(text)'", details: path)
        }
        return prefix
    }

    /// The elements of a comma-separated list.
    private static func list(_ text: String?) -> [String] {
        guard let text, !text.isEmpty else { return [] }
        return text.split(separator: ",", omittingEmptySubsequences: false).map { element in
            String(element.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
    }
}

extension StaticConfiguration {
    private struct Section: Decodable {
        var addresses: [Entry]?
        var routes: [CNIResult.Route]?
        var dns: DNS?
    }

    private struct Entry: Decodable {
        var address: String?
        var gateway: LenientAddress?
    }
}
