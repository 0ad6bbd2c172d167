// SPDX-License-Identifier: Apache-2.0

/// The numbers of the routing tables by which packets leave, as the plugins before this one have them.
public enum RouteTable {
    /// The main table, which is the primary ENI's.
    public static let main: UInt32 = 254
    /// The table of the host's own addresses (RT_TABLE_LOCAL).
    static let local: UInt32 = 255

    /// The table of an ENI.
    ///
    /// - Parameters:
    ///   - deviceIndex: Its device index on its card: 0 for the node's primary ENI.
    ///   - networkCard: Its network card.
    public static func number(deviceIndex: Int, networkCard: Int = 0) -> UInt32 {
        if networkCard > 0 { return UInt32(clamping: 10_000 + deviceIndex + 100 * networkCard) }
        return deviceIndex == 0 ? main : UInt32(clamping: deviceIndex + 1)
    }

    /// The table of a branch ENI, by the VLAN of its trunk.
    ///
    /// VLAN + 100, but for those whose number is one of the kernel's: the default route of VLAN 154 would be the node's.
    public static func number(vlan: UInt16) -> UInt32 {
        let number = UInt32(vlan) + 100
        return (253...255).contains(number) ? number + 65_536 : number
    }
}
