// SPDX-License-Identifier: Apache-2.0

internal import Addressing

/// A container's published ports as lines: `8080/tcp → 80`.
///
/// What is so for both families is said once, and ports that follow each other are one line: `9000-9009/udp → 9000-9009`.
struct PortLines {
    /// The lines, those for all addresses of the node first.
    let texts: [String]

    init(_ ports: [Node.PublishedPort]) {
        var mappings: [Mapping] = []
        for mapping in Set(ports.map { Mapping($0) }).sorted() {
            if let last = mappings.last, last.isFollowed(by: mapping) {
                mappings[mappings.count - 1].count += 1
            } else {
                mappings.append(mapping)
            }
        }
        texts = mappings.map(\.text)
    }

    /// The lines, with how many more there are in the place of the last ones if they are more than `limit`.
    func limited(to limit: Int) -> [String] {
        texts.count <= limit ? texts : texts.prefix(limit - 1) + ["and \(texts.count - limit + 1) more"]
    }

    private struct Mapping: Hashable, Comparable {
        let host: IPAddress?
        let ipProtocol: UInt8
        let first: UInt16
        let target: UInt16
        var count: UInt16 = 1

        init(_ port: Node.PublishedPort) {
            (host, ipProtocol, first, target) = (port.hostAddress, port.ipProtocol, port.hostPort, port.port)
        }

        static func < (one: Mapping, other: Mapping) -> Bool {
            if let host = one.host, let other = other.host, host != other { return host < other }
            let isFirst = (one.host == nil, other.host == nil)
            if isFirst.0 != isFirst.1 { return isFirst.0 }
            return (one.ipProtocol, one.first, one.target) < (other.ipProtocol, other.first, other.target)
        }

        func isFollowed(by next: Mapping) -> Bool {
            host == next.host && ipProtocol == next.ipProtocol && UInt32(first) + UInt32(count) == next.first
                && UInt32(target) + UInt32(count) == next.target
        }

        var text: String {
            let address = host.map { $0.family == .v6 ? "[\($0)]:" : "\($0):" } ?? ""
            let word =
                switch ipProtocol {
                case 6: "tcp"
                case 17: "udp"
                case 132: "sctp"
                default: "protocol \(ipProtocol)"
                }
            return "\(address)\(range(first))/\(word) → \(range(target))"
        }

        private func range(_ port: UInt16) -> String {
            count == 1 ? "\(port)" : "\(port)-\(port + (count - 1))"
        }
    }
}
