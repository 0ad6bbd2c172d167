// SPDX-License-Identifier: Apache-2.0

import CNIPlugin
import CNITesting

extension JSON {
    /// This object with other members.
    func with(_ members: [String: JSON?]) -> JSON {
        var object = object ?? [:]
        for (key, value) in members { object[key] = value }
        return .object(object)
    }
}

extension TestNetwork {
    /// host-local's part of a configuration, with one range set for each subnet.
    func hostLocal(_ subnets: [String] = ["10.1.0.0/24", "fd01::/64"]) -> JSON {
        [
            "type": "host-local", "dataDir": .string(dataDir.path),
            "ranges": .array(subnets.map { [["subnet": .string($0)]] }),
            "routes": .array(
                subnets.map { ["dst": .string($0.contains(":") ? "::/0" : "0.0.0.0/0")] }),
        ]
    }

    /// A network with a gateway, masquerading and a check of MAC addresses, on the bridge `br0`.
    func bridge(
        name: String = "net", version: SpecVersion = .current, subnets: [String] = ["10.1.0.0/24", "fd01::/64"]
    ) -> JSON {
        [
            "cniVersion": .string(version.description), "name": .string(name), "type": "bridge", "bridge": "br0",
            "isGateway": true, "ipMasq": true, "macspoofchk": true, "ipam": hostLocal(subnets),
        ]
    }
}
