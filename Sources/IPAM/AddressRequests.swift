// SPDX-License-Identifier: Apache-2.0

internal import CNITypes

extension JSONCursor {
    /// An optional address, with the leniency of the reference plugins: an IPv4-mapped IPv6 address means the IPv4
    /// address, and an empty text means none.
    func lenientAddress() throws(CNIError) -> IPAddress? { try address()?.canonical }
}

/// The addresses that a runtime asks for, in the three places where it can.
struct AddressRequests {
    /// `IP` in CNI_ARGS; nil if it is missing or empty.
    var environment: String?
    /// `args.cni.ips`.
    var arguments: [String]
    /// `runtimeConfig.ips`.
    var runtime: [String]

    /// The keys of CNI_ARGS that runtimes set, for one plugin or another.
    ///
    /// An IPAM plugin is handed them all, and `MAC` for the bridge is no reason to refuse an address.
    static let knownKeys = [
        "IP", "GATEWAY", "MAC",
        "K8S_POD_NAMESPACE", "K8S_POD_NAME", "K8S_POD_INFRA_CONTAINER_ID", "K8S_POD_UID",
    ]

    init(_ configuration: NetworkConfiguration, _ arguments: CNIArguments) throws(CNIError) {
        try arguments.requireKnown(Self.knownKeys)
        environment = arguments["IP"].flatMap { $0.isEmpty ? nil : $0 }
        let document = JSONCursor(configuration.raw)
        self.arguments = try document["args"]["cni"]["ips"].texts()
        runtime = try document.capability("ips").texts()
    }
}

extension IPAddress {
    /// The IPv4 address that an IPv4-mapped IPv6 address stands for (RFC 4291 section 2.5.5.2), else itself.
    var canonical: IPAddress {
        family == .v6 && bits >> 32 == 0xffff ? IPAddress(.v4, bits: bits) : self
    }
}

extension CNIError {
    /// The error for a configuration that wants what an old version's result cannot hold.
    static func tooManyAddresses(for version: SpecVersion) -> CNIError {
        CNIError(
            .invalidConfiguration,
            "CNI version \(version) does not support more than 1 address per family")
    }
}

extension SpecVersion {
    /// Whether a result can have these addresses: before 0.3.0 it was one of each family.
    func canHold(_ families: [IPAddress.Family]) -> Bool {
        self >= .v0_3_0 || Set(families).count == families.count
    }
}
