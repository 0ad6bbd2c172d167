// SPDX-License-Identifier: Apache-2.0

internal import CNITypes

/// An optional address in a configuration, with the leniency of the reference plugins.
///
/// An IPv4-mapped IPv6 address means the IPv4 address, and an empty text means none.
struct LenientAddress: Decodable {
    var value: IPAddress?

    init(from decoder: any Decoder) throws {
        let text = try String(from: decoder)
        if text.isEmpty { return }
        guard let address = IPAddress(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "\"\(text)\" is not an IP address"))
        }
        value = address.canonical
    }
}

/// The addresses that a runtime asks for, in the three places where it can.
struct AddressRequests {
    /// `IP` in CNI_ARGS; nil if it is missing or empty.
    var environment: String?
    /// `args.cni.ips`.
    var arguments: [String]
    /// `runtimeConfig.ips`.
    var runtime: [String]

    private struct List: Decodable {
        var ips: [String]?
    }

    /// The keys of CNI_ARGS that runtimes set, for one plugin or another.
    ///
    /// An IPAM plugin is handed them all, and `MAC` for the bridge is no reason to refuse an address.
    static let knownKeys: Set = [
        "IP", "GATEWAY", "MAC",
        "K8S_POD_NAMESPACE", "K8S_POD_NAME", "K8S_POD_INFRA_CONTAINER_ID", "K8S_POD_UID",
    ]

    init(_ configuration: NetworkConfiguration, _ arguments: CNIArguments) throws(CNIError) {
        try arguments.requireKnown(Self.knownKeys)
        environment = arguments["IP"].flatMap { $0.isEmpty ? nil : $0 }
        self.arguments =
            try configuration.cniArgs?.decode(List.self, at: "args.cni").ips ?? []
        runtime = try configuration.runtimeConfig?.decode(List.self, at: "runtimeConfig").ips ?? []
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
