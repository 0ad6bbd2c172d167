// SPDX-License-Identifier: Apache-2.0

public import CNIPlugin

extension Bridge {
    /// Every key that the plugin reads of a network configuration, beside those that all plugins have.
    public static let keys: [String]? = BridgeConfiguration.keys

    /// What the plugin accepts and will not work out.
    public static func advice(on network: NetworkConfiguration) -> [CNIError] {
        var advice = InterfaceKeys.adviceOnMTU(of: network)
        for key in ["isGateway", "isDefaultGateway", "ipMasq"] where network.ipamType == nil {
            if network.raw[key]?.bool == true {
                let reason = "means nothing without ipam, which gives addresses"
                advice.append(CNIError(.invalidConfiguration, at: JSONPath().member(key), reason))
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
