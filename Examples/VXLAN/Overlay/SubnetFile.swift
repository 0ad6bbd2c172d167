// SPDX-License-Identifier: Apache-2.0

public import Addressing
public import CNITypes

/// What a node's containers get, as flannel tells it its CNI plugin: `/run/flannel/subnet.env`.
public struct SubnetFile: Hashable, Sendable {
    /// What a family has.
    public struct Part: Hashable, Sendable {
        /// The cluster's networks, usually one.
        public var networks: [IPPrefix]
        /// The node's subnet.
        public var subnet: IPPrefix

        /// Creates a part.
        public init(networks: [IPPrefix], subnet: IPPrefix) {
            self.networks = networks
            self.subnet = subnet.network
        }
    }

    /// What IPv4 has.
    public var v4: Part?
    /// What IPv6 has.
    public var v6: Part?
    /// The MTU of the way to other nodes, in bytes.
    public var mtu: UInt32
    /// Whether the node masquerades; if not, flannel's plugin does.
    public var masquerades: Bool

    /// Where flannel puts it.
    public static let usualPath = "/run/flannel/subnet.env"

    /// Creates a description.
    public init(v4: Part? = nil, v6: Part? = nil, mtu: UInt32, masquerades: Bool) {
        self.v4 = v4
        self.v6 = v6
        self.mtu = mtu
        self.masquerades = masquerades
    }

    /// What the families have, IPv4 first.
    public var parts: [Part] { [v4, v6].compactMap { $0 } }

    /// Reads the lines of the file: `KEY=VALUE`, comments, and keys that are not known.
    ///
    /// - Throws: ``CNIError/Code/decodingFailure`` with the key.
    public init(parsing text: [UInt8]) throws(CNIError) {
        var values: [String: String] = [:]
        for line in text.split(separator: 10, omittingEmptySubsequences: true) {
            let line = String(decoding: line, as: UTF8.self).trimmed
            if line.isEmpty || line.hasPrefix("#") { continue }
            guard let equals = line.utf8.firstIndex(of: UInt8(ascii: "=")) else {
                throw CNIError(.decodingFailure, "\"\(line.prefix(80))\" is not KEY=VALUE")
            }
            values[String(line[..<equals]).trimmed] = String(line[equals...].dropFirst()).unquoted
        }
        v4 = try Self.part(.v4, values)
        v6 = try Self.part(.v6, values)
        guard v4 != nil || v6 != nil else {
            throw CNIError(.decodingFailure, "neither FLANNEL_SUBNET nor FLANNEL_IPV6_SUBNET is there")
        }
        let mtu = values["FLANNEL_MTU"] ?? ""
        // What IPv4 asks of every link (RFC 791) and what an Ethernet device can have.
        guard let number = UInt32(mtu), 68...65535 ~= number else {
            throw CNIError(.decodingFailure, "FLANNEL_MTU: \"\(mtu.prefix(80))\" is not 68 to 65535")
        }
        self.mtu = number
        switch values["FLANNEL_IPMASQ"] ?? "false" {
        case "true": masquerades = true
        case "false": masquerades = false
        case let other:
            throw CNIError(
                .decodingFailure, "FLANNEL_IPMASQ: \"\(other.prefix(80))\" is neither true nor false")
        }
    }

    private static func part(
        _ family: IPAddress.Family, _ values: [String: String]
    ) throws(CNIError) -> Part? {
        let key = family == .v4 ? "FLANNEL_" : "FLANNEL_IPV6_"
        func prefix(_ text: some StringProtocol, _ name: String) throws(CNIError) -> IPPrefix {
            guard let prefix = IPPrefix(String(text)), prefix.family == family else {
                throw CNIError(
                    .decodingFailure,
                    "\(key)\(name): \"\(text.prefix(80))\" is not a network of \(family.name)")
            }
            return prefix.network
        }
        guard let text = values["\(key)SUBNET"] else { return nil }
        let subnet = try prefix(text, "SUBNET")
        guard let list = values["\(key)NETWORK"] else {
            throw CNIError(.decodingFailure, "\(key)NETWORK: missing")
        }
        var networks: [IPPrefix] = []
        for network in list.split(separator: ",", omittingEmptySubsequences: false) {
            networks.append(try prefix(network, "NETWORK"))
        }
        guard networks.contains(where: { $0.contains(subnet) }) else {
            throw CNIError(.decodingFailure, "\(key)SUBNET: \(subnet) is not in \(list.prefix(80))")
        }
        return Part(networks: networks, subnet: subnet)
    }

    /// The file, byte for byte as flannel writes it.
    public var text: [UInt8] {
        var lines: [String] = []
        for part in parts {
            let key = part.subnet.family == .v4 ? "FLANNEL_" : "FLANNEL_IPV6_"
            let networks = part.networks.map(\.description).joined(separator: ",")
            lines.append("\(key)NETWORK=\(networks)")
            // The bridge's address.
            let first = part.subnet.first.advanced(by: 1) ?? part.subnet.first
            lines.append("\(key)SUBNET=\(first)/\(part.subnet.length)")
        }
        lines += ["FLANNEL_MTU=\(mtu)", "FLANNEL_IPMASQ=\(masquerades ? "true" : "false")", ""]
        return Array(lines.joined(separator: "\n").utf8)
    }
}

extension StringProtocol {
    /// Without blanks at both ends.
    fileprivate var trimmed: String {
        let blanks = [UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r")]
        var bytes = Array(utf8)[...]
        while let last = bytes.last, blanks.contains(last) { bytes.removeLast() }
        while let first = bytes.first, blanks.contains(first) { bytes.removeFirst() }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Without blanks and then quotation marks at both ends.
    fileprivate var unquoted: String {
        let text = trimmed
        for mark in ["\"", "'"] where text.utf8.count > 1 && text.hasPrefix(mark) && text.hasSuffix(mark) {
            return String(text.dropFirst().dropLast())
        }
        return text
    }
}
