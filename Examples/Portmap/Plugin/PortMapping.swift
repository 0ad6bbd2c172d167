// SPDX-License-Identifier: Apache-2.0

internal import CNIPlugin

/// A port of the host that leads to a port of the container.
public struct PortMapping: Hashable, Sendable {
    /// The protocol's number over IP.
    let protocolNumber: UInt8
    /// The address of the host; nil for all.
    let hostIP: IPAddress?
    /// The only family that it is for; nil for both.
    let family: IPAddress.Family?
    let hostPort: UInt16
    let containerPort: UInt16

    /// Reads an element of `portMappings`.
    init(_ keys: JSONCursor) throws(CNIError) {
        try keys.requireObject()
        func port(_ key: String) throws(CNIError) -> UInt16 {
            let number: UInt16 = try keys[key].required(keys[key].integer())
            if number == 0 { throw keys[key].failure("0 is no port") }
            return number
        }
        hostPort = try port("hostPort")
        containerPort = try port("containerPort")
        let name = try keys["protocol"].nonEmptyText() ?? "tcp"
        guard let known = Self.protocols.first(where: { $0.name == name.lowercased() }) else {
            throw keys["protocol"].failure("\"\(name)\" is none of tcp, udp and sctp")
        }
        protocolNumber = known.number
        let address = try keys["hostIP"].address()
        family = address?.family
        hostIP = address.flatMap { $0.isUnspecified ? nil : $0 }
    }

    // IANA's protocol numbers; what has ports where TCP has them.
    private static let protocols: [(name: String, number: UInt8)] = [("tcp", 6), ("udp", 17), ("sctp", 132)]

    /// Whether it is for containers' addresses of a family.
    func leads(to family: IPAddress.Family) -> Bool { self.family.map { $0 == family } ?? true }

    /// Whether both are the same port of the same addresses, and lead elsewhere.
    func contradicts(_ other: PortMapping) -> Bool {
        protocolNumber == other.protocolNumber && hostIP == other.hostIP && hostPort == other.hostPort
            && (family == nil || other.family == nil || family == other.family)
            && containerPort != other.containerPort
    }
}
