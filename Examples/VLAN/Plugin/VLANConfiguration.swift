// SPDX-License-Identifier: Apache-2.0

public import CNIPlugin

/// The vlan plugin's keys.
public struct VLANConfiguration: ParentConfiguration {
    /// The link below, and the MTU.
    public var below: ParentKeys
    /// The VLAN.
    let vlanID: Int

    /// Every key that is read here.
    public static let keys = ParentKeys.keys + ["vlanId"]

    /// Reads the keys.
    public init(_ document: JSON) throws(CNIError) {
        let keys = JSONCursor(document)
        below = try ParentKeys(document)
        vlanID = try keys["vlanId"].integer() ?? 0
    }

    /// Refuses what no ADD can take.
    public func validate() throws(CNIError) {
        if below.master == nil { throw CNIError(.invalidConfiguration, at: "master", "missing") }
        try below.validate()
        // VLAN_VID_MASK is reserved (IEEE 802.1Q, table 9-2); 0 marks frames of no VLAN, with a priority alone.
        guard 0...4094 ~= vlanID else {
            throw CNIError(.invalidConfiguration, at: "vlanId", "\(vlanID) is out of range, 0 to 4094")
        }
    }
}
