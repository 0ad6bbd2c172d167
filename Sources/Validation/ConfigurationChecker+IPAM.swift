// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import IPAM

extension ConfigurationChecker {
    /// The host-local plugin's configuration.
    public static let hostLocal = ConfigurationChecker(
        type: "host-local", keys: HostLocal.configurationKeys,
        examples: [
            // A network for documentation (RFC 5737), which nobody's own overlaps with.
            "ipam.subnet": "192.0.2.0/24", "ipam.ranges": [[["subnet": "192.0.2.0/24"]]],
            "ipam.routes[].dst": "192.0.2.0/24",
        ]
    ) { network throws(CNIError) in
        try HostLocal(configuration: network, arguments: CNIArguments()).validate()
    }

    /// The static plugin's configuration.
    public static let staticAddresses = ConfigurationChecker(
        type: "static", keys: StaticIPAM.configurationKeys,
        examples: [
            "ipam": ["type": "static"], "ipam.addresses[].address": "192.0.2.1/24",
            "ipam.routes[].dst": "192.0.2.0/24",
        ]
    ) { network throws(CNIError) in
        try StaticIPAM(configuration: network, arguments: CNIArguments()).validate()
    }
}
