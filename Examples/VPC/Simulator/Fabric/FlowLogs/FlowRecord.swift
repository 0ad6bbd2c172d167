// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// What security groups have done with the packets of a flow.
public enum FlowAction: String, Hashable, Sendable, CaseIterable {
    /// They passed.
    case accept = "ACCEPT"
    /// They were dropped.
    case reject = "REJECT"
}

/// The way that egress traffic takes, as flow logs number it (`traffic-path`).
public enum FlowPath: Int, Hashable, Sendable {
    /// Through another resource of the same VPC.
    case vpc = 1
    /// Through a virtual private gateway.
    case vpn = 3
    /// Through an internet gateway, on Nitro instances.
    case internet = 8
}

/// What flow logs say of an ENI.
public struct FlowInterface: Hashable, Sendable {
    /// The account's number.
    public var account: String
    /// The ENI's id.
    public var id: String
    /// The VPC's id.
    public var vpc: String
    /// The subnet's id.
    public var subnet: String
    /// The availability zone's id.
    public var zone: String
    /// The region.
    public var region: String
    /// The machine's id, if the ENI is a device of one.
    public var instance: String?
    /// The primary IPv4 address.
    var primary: IPAddress?
    var eni: ENI

    init(_ member: Member, _ state: FabricState) {
        eni = member.eni
        id = eni.id
        account = state.account
        vpc = state.vpc
        subnet = eni.subnet
        zone = member.subnet.zone
        region = state.region
        if case .device(let instance, _)? = eni.attachment { self.instance = instance }
        primary = eni.primary
    }

    /// The ends of a packet as flow logs name them in `srcaddr` and `dstaddr`.
    ///
    /// What comes in is shown as for the primary address, whichever it was for; what goes out shows the primary one where
    /// the source is none of the ENI's own. Addresses of a delegated prefix count as its own. IPv6 is shown as it is.
    func ends(of packet: Packet, _ direction: Direction) -> (source: IPAddress, destination: IPAddress) {
        guard packet.family == .v4, let primary else { return (packet.source, packet.destination) }
        switch direction {
        case .ingress: return (packet.source, primary)
        case .egress: return (eni.owns(packet.source) ? packet.source : primary, packet.destination)
        }
    }
}

/// One line of a flow log: the packets of a flow at an ENI during an interval.
public struct FlowRecord: Hashable, Sendable {
    /// Whether a record has a flow.
    public enum Status: String, Hashable, Sendable {
        /// It has.
        case ok = "OK"
        /// The ENI had no traffic during the interval.
        case noData = "NODATA"
        /// Flows are missing, since there were more than the aggregator keeps.
        case skipData = "SKIPDATA"
    }

    /// A flow's packets.
    public struct Traffic: Hashable, Sendable {
        /// The source as the packets have it (`pkt-srcaddr`).
        public var packetSource: IPAddress
        /// The destination as the packets have it (`pkt-dstaddr`).
        public var packetDestination: IPAddress
        /// The source, or the ENI's primary address for it (`srcaddr`).
        public var source: IPAddress
        /// The destination, or the ENI's primary address for it (`dstaddr`).
        public var destination: IPAddress
        /// The source's port of TCP or UDP, else 0.
        public var sourcePort: UInt16
        /// The destination's port, else 0.
        public var destinationPort: UInt16
        /// The transport's protocol number.
        public var transport: UInt8
        /// How many packets.
        public var packets: UInt64 = 0
        /// Their bytes, with IP headers.
        public var bytes: UInt64 = 0
        /// The flags of TCP that were seen: 1 FIN, 2 SYN, 4 RST, 18 SYN with ACK; others are not shown.
        public var tcpFlags: UInt8 = 0
        /// Which way.
        public var direction: Direction
        /// What became of them.
        public var action: FlowAction
        /// The way out, of egress traffic.
        public var path: FlowPath?
    }

    /// The ENI.
    public var interface: FlowInterface
    /// The flow; nil without data.
    public var traffic: Traffic?
    /// The first packet's time, or the interval's begin, in seconds since 1970.
    public var start: Int64
    /// The last packet's time, or the interval's end.
    public var end: Int64
    /// Whether there is a flow.
    public var status: Status
}
