// SPDX-License-Identifier: Apache-2.0

public import CNIPlugin

extension BridgeConfiguration {
    /// Every key that the plugin reads of a network configuration, beside those that all plugins have.
    public static let keys = [
        "bridge", "isGateway", "isDefaultGateway", "forceAddress", "ipMasq", "ipMasqBackend", "mtu",
        "hairpinMode", "promiscMode", "vlan", "vlanTrunk[].id", "vlanTrunk[].minID", "vlanTrunk[].maxID",
        "preserveDefaultVlan", "macspoofchk", "enabledad", "disableContainerInterface", "portIsolation",
        "runtimeConfig.mac", "args.cni.mac",
    ]

    /// Throws what the plugin would refuse to work with.
    public static func check(_ network: NetworkConfiguration) throws(CNIError) {
        try BridgeConfiguration(JSONCursor(network.raw)).validate(hasIPAM: network.ipamType != nil)
    }

    /// What the plugin accepts and will not work out; each message begins with the path of the key.
    public static func advice(on network: NetworkConfiguration) -> [CNIError] {
        var advice: [CNIError] = []
        func warn(_ text: String) { advice.append(CNIError(.invalidConfiguration, text)) }
        if let mtu = network.raw["mtu"]?.int, mtu != 0 {
            // ETH_MAX_MTU, and what IPv4 (RFC 791) and IPv6 (RFC 8200) ask of every link.
            if mtu > 65535 { warn("mtu: \(mtu) is more than a veth can have, 65535") }
            if mtu < 68 { warn("mtu: \(mtu) is less than IPv4 needs, 68") }
            if 68..<1280 ~= mtu { warn("mtu: \(mtu) is less than IPv6 needs, 1280") }
        }
        for key in ["isGateway", "isDefaultGateway", "ipMasq"] where network.ipamType == nil {
            if network.raw[key]?.bool == true {
                warn("\(key): means nothing without ipam, which gives addresses")
            }
        }
        return advice
    }
}
