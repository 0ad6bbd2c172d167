// SPDX-License-Identifier: Apache-2.0

internal import Addressing

/// A field of VPC flow logs, versions 2 to 5, in the published order.
public enum FlowLogField: String, Hashable, Sendable, CaseIterable {
    // Version 2.
    case version
    case account = "account-id"
    case interface = "interface-id"
    case source = "srcaddr"
    case destination = "dstaddr"
    case sourcePort = "srcport"
    case destinationPort = "dstport"
    case transport = "protocol"
    case packets
    case bytes
    case start
    case end
    case action
    case status = "log-status"
    // Version 3.
    case vpc = "vpc-id"
    case subnet = "subnet-id"
    case instance = "instance-id"
    case tcpFlags = "tcp-flags"
    case type
    case packetSource = "pkt-srcaddr"
    case packetDestination = "pkt-dstaddr"
    // Version 4.
    case region
    case zone = "az-id"
    case sublocationType = "sublocation-type"
    case sublocation = "sublocation-id"
    // Version 5.
    case sourceService = "pkt-src-aws-service"
    case destinationService = "pkt-dst-aws-service"
    case direction = "flow-direction"
    case path = "traffic-path"

    /// The version that brought the field.
    public var version: Int {
        switch self {
        case .version, .account, .interface, .source, .destination, .sourcePort, .destinationPort,
            .transport, .packets, .bytes, .start, .end, .action, .status:
            2
        case .vpc, .subnet, .instance, .tcpFlags, .type, .packetSource, .packetDestination: 3
        case .region, .zone, .sublocationType, .sublocation: 4
        case .sourceService, .destinationService, .direction, .path: 5
        }
    }

    func text(_ record: FlowRecord, version: Int) -> String {
        let interface = record.interface
        let known: String? =
            switch self {
            case .version: "\(version)"
            case .account: interface.account
            case .interface: interface.id
            case .start: "\(record.start)"
            case .end: "\(record.end)"
            case .status: record.status.rawValue
            case .vpc: interface.vpc
            case .subnet: interface.subnet
            case .instance: interface.instance
            case .region: interface.region
            case .zone: interface.zone
            default: record.traffic.flatMap(text)
            }
        return known ?? "-"
    }

    private func text(_ traffic: FlowRecord.Traffic) -> String? {
        switch self {
        case .source: "\(traffic.source)"
        case .destination: "\(traffic.destination)"
        case .packetSource: "\(traffic.packetSource)"
        case .packetDestination: "\(traffic.packetDestination)"
        case .sourcePort: "\(traffic.sourcePort)"
        case .destinationPort: "\(traffic.destinationPort)"
        case .transport: "\(traffic.transport)"
        case .packets: "\(traffic.packets)"
        case .bytes: "\(traffic.bytes)"
        case .action: traffic.action.rawValue
        case .tcpFlags: traffic.transport == Transport.tcp ? "\(traffic.tcpFlags)" : "0"
        case .type: traffic.packetSource.family == .v4 ? "IPv4" : "IPv6"
        case .direction: traffic.direction.rawValue
        case .path: traffic.path.map { "\($0.rawValue)" }
        // Places of Outposts and Wavelength, and Amazon's own addresses: there are none here.
        default: nil
        }
    }
}
