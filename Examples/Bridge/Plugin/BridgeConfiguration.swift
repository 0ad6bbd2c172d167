// SPDX-License-Identifier: Apache-2.0

package import CNIPlugin
internal import Netlink

/// The bridge plugin's keys.
public struct BridgeConfiguration: Sendable {
    /// The bridge's name; it is made if it is not there.
    public let bridge: String
    /// Whether the bridge has the gateway's address, and the host forwards.
    public let isGateway: Bool
    /// Whether the container's default routes go through the bridge.
    public let isDefaultGateway: Bool
    /// Whether an address of the bridge that is in the gateway's way goes.
    public let forceAddress: Bool
    /// Whether the container's connections to elsewhere seem to come from the host.
    public let ipMasq: Bool
    /// Accepted for compatibility; masquerading is always nf_tables'.
    public let ipMasqBackend: String
    /// The MTU in bytes; 0 leaves it to the kernel.
    public let mtu: UInt32
    /// Whether the container can reach itself through the bridge.
    public let hairpinMode: Bool
    /// Whether the bridge takes every packet.
    public let promiscMode: Bool
    /// The access VLAN of the container, 1 to 4094.
    public let vlan: UInt16?
    /// The tagged VLANs of the container.
    public let vlanTrunk: [VLANRange]
    /// Whether the port stays in the bridge's default VLAN, too.
    public let preserveDefaultVlan: Bool
    /// Whether the container can send only from its own MAC address.
    public let macspoofchk: Bool
    /// Whether the kernel looks for duplicates of IPv6 addresses before it uses them.
    public let enabledad: Bool
    /// Whether the container's interface stays down.
    public let disableContainerInterface: Bool
    /// Whether the container cannot reach other isolated ports.
    public let portIsolation: Bool
    /// Addresses that the bridge may have beside the gateways: a plugin that builds on this one knows why.
    package var tolerated: [IPPrefix] = []
    /// The MAC address of runtimeConfig, then that of args.cni.
    let macs: [MACAddress]

    /// One VLAN or the VLANs from one to another.
    public struct VLANRange: Sendable {
        let minID: Int?
        let maxID: Int?
        let id: Int?

        init(_ range: JSONCursor) throws(CNIError) {
            try range.requireObject()
            minID = try range["minID"].integer()
            maxID = try range["maxID"].integer()
            id = try range["id"].integer()
        }

        /// The VLANs, or nil if the numbers make no sense.
        var ids: ClosedRange<Int>? {
            switch (minID, maxID, id) {
            case (nil, nil, let id?): 1...4094 ~= id ? id...id : nil
            case (let low?, let high?, nil): low >= 1 && high <= 4094 && low <= high ? low...high : nil
            default: nil
            }
        }
    }

    /// Reads the keys, with the defaults that users of the Go plugin know.
    package init(_ keys: JSONCursor) throws(CNIError) {
        func flag(_ key: String) throws(CNIError) -> Bool { try keys[key].bool() ?? false }
        bridge = try keys["bridge"].nonEmptyText() ?? "cni0"
        isDefaultGateway = try flag("isDefaultGateway")
        isGateway = try flag("isGateway") || isDefaultGateway
        forceAddress = try flag("forceAddress")
        ipMasq = try flag("ipMasq")
        ipMasqBackend = try keys["ipMasqBackend"].text() ?? ""
        mtu = try keys["mtu"].integer() ?? 0
        hairpinMode = try flag("hairpinMode")
        promiscMode = try flag("promiscMode")
        let vlan: UInt16 = try keys["vlan"].integer() ?? 0
        self.vlan = vlan == 0 ? nil : vlan
        var trunk: [VLANRange] = []
        for element in try keys["vlanTrunk"].elements() { trunk.append(try VLANRange(element)) }
        vlanTrunk = trunk
        preserveDefaultVlan = try flag("preserveDefaultVlan")
        macspoofchk = try flag("macspoofchk")
        enabledad = try flag("enabledad")
        disableContainerInterface = try flag("disableContainerInterface")
        portIsolation = try flag("portIsolation")
        var macs: [MACAddress] = []
        for place in [keys.capability("mac"), keys["args"]["cni"]["mac"]] {
            if let mac = try place.mac() { macs.append(mac) }
        }
        self.macs = macs
    }

    /// Whether the bridge has to tell VLANs apart.
    var hasVLANs: Bool { vlan != nil || !vlanTrunk.isEmpty }

    /// The VLANs of the container's port, each once: frames without a tag are of the access VLAN, or of VLAN 1.
    var portVLANs: [BridgeVLAN] {
        if !hasVLANs { return [] }
        let native = BridgeVLAN(vlan ?? 1, isNative: true, isUntagged: true)
        let trunk = (1...4094).filter { id in
            id != native.id && vlanTrunk.contains { $0.ids?.contains(Int(id)) == true }
        }
        return [native] + trunk.map { BridgeVLAN($0) }
    }

    /// The link that has the gateway's address.
    package var gatewayLink: String { vlan.map { "\(bridge).\($0)" } ?? bridge }

    /// The bridge's port that ``gatewayLink`` is at the other end of, with an access VLAN.
    var gatewayPort: String { "\(gatewayLink)p" }

    package func validate(hasIPAM: Bool) throws(CNIError) {
        func refuse(_ place: JSONPath, _ reason: String) throws(CNIError) {
            throw CNIError(.invalidConfiguration, at: place, reason)
        }
        try InterfaceKeys.requireName(bridge, at: "bridge")
        if hairpinMode, promiscMode {
            try refuse(JSONPath(), "hairpinMode and promiscMode exclude each other")
        }
        if let vlan, vlan > 4094 { try refuse("vlan", "\(vlan) is not 0 to 4094") }
        for (index, range) in vlanTrunk.enumerated() where range.ids == nil {
            try refuse(
                JSONPath().member("vlanTrunk").element(index),
                "give either id, or minID and maxID, from 1 to 4094")
        }
        if disableContainerInterface, hasIPAM {
            try refuse("disableContainerInterface", "an interface that stays down cannot have ipam")
        }
        try InterfaceKeys.requireMasqueradeBackend(ipMasqBackend)
        if let vlan, isGateway, gatewayLink.utf8.count > 14 {
            try refuse("bridge", "\"\(bridge)\" leaves no room for the gateway's name \(bridge).\(vlan)")
        }
        try InterfaceKeys.requireMAC(macs)
    }
}
