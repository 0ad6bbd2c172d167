// SPDX-License-Identifier: Apache-2.0

public import Addressing
public import VPCModel

/// Packets between two addresses that the fabric has seen, for the page.
public struct Flow: Sendable {
    /// When the last of them passed.
    public let time: Timestamp
    /// The interface that saw them.
    public let interface: String
    /// The packets' source.
    public let source: IPAddress
    /// The packets' destination.
    public let destination: IPAddress
    /// The protocol's number: 6 is TCP, 17 UDP, 1 ICMP.
    public let networkProtocol: Int
    /// The destination's port; 0 where there is none.
    public let port: Int
    /// How many packets.
    public let packets: Int
    /// How many bytes.
    public let bytes: Int
    /// Whether the security groups let them pass.
    public let isAccepted: Bool

    /// A flow from its parts.
    public init(
        time: Timestamp, interface: String, source: IPAddress, destination: IPAddress, networkProtocol: Int,
        port: Int,
        packets: Int, bytes: Int, isAccepted: Bool
    ) {
        self.time = time
        self.interface = interface
        self.source = source
        self.destination = destination
        self.networkProtocol = networkProtocol
        self.port = port
        self.packets = packets
        self.bytes = bytes
        self.isAccepted = isAccepted
    }
}
