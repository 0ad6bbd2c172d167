// SPDX-License-Identifier: Apache-2.0

/// Where packets come in and go out.
public enum Port: Hashable, Sendable {
    /// An ENI's device, by the ENI's id: Ethernet frames, those of branch ENIs with a tag.
    case eni(String)
    /// The internet: IP packets.
    case internet
    /// The network behind the VPN: IP packets.
    case peer
    /// The link-local services, such as instance metadata: IP packets.
    case services
}

/// What the switch sends.
public struct Outgoing: Hashable, Sendable {
    /// Where.
    public var port: Port
    /// A frame, or a packet, as the port has them.
    public var bytes: [UInt8]
}
