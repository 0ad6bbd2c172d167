// SPDX-License-Identifier: Apache-2.0

public import CNIPlugin

extension Bridge {
    /// Every key that the plugin reads of a network configuration, beside those that all plugins have.
    public static let keys: [String]? = BridgeConfiguration.keys

    /// What the plugin accepts and will not work out.
    public static func advice(on network: NetworkConfiguration) -> [CNIError] {
        var advice: [CNIError] = []
        func warn(_ key: String, _ reason: String) {
            advice.append(CNIError(.invalidConfiguration, at: JSONPath().member(key), reason))
        }
        if let mtu = network.raw["mtu"]?.int, mtu != 0 {
            // ETH_MAX_MTU, and what IPv4 (RFC 791) and IPv6 (RFC 8200) ask of every link.
            if mtu > 65535 { warn("mtu", "\(mtu) is more than a veth can have, 65535") }
            if mtu < 68 { warn("mtu", "\(mtu) is less than IPv4 needs, 68") }
            if 68..<1280 ~= mtu { warn("mtu", "\(mtu) is less than IPv6 needs, 1280") }
        }
        for key in ["isGateway", "isDefaultGateway", "ipMasq"] where network.ipamType == nil {
            if network.raw[key]?.bool == true {
                warn(key, "means nothing without ipam, which gives addresses")
            }
        }
        return advice
    }
}

extension BridgeConfiguration {
    /// Every key that is read here.
    package static let keys = [
        "bridge", "isGateway", "isDefaultGateway", "forceAddress", "ipMasq", "ipMasqBackend", "mtu",
        "hairpinMode", "promiscMode", "vlan", "vlanTrunk[].id", "vlanTrunk[].minID", "vlanTrunk[].maxID",
        "preserveDefaultVlan", "macspoofchk", "enabledad", "disableContainerInterface", "portIsolation",
        "runtimeConfig.mac", "args.cni.mac",
    ]
}
