// SPDX-License-Identifier: Apache-2.0

internal import Addressing

/// The numbers of transport protocols (RFC 5237's registry).
enum Transport {
    static let icmp: UInt8 = 1
    static let tcp: UInt8 = 6
    static let udp: UInt8 = 17
    static let icmp6: UInt8 = 58
}

/// What the fabric reads of an IP packet's headers: offsets count from the buffer's beginning, and are within it.
struct Packet: Hashable, Sendable {
    /// A packet's place among the fragments of a larger one.
    struct Fragment: Hashable, Sendable {
        var identification: UInt32
        /// Whether it has the transport's header.
        var isFirst: Bool
    }

    /// The bits of TCP's flags that matter here (RFC 9293 section 3.1).
    struct TCPFlags: OptionSet, Hashable, Sendable {
        let rawValue: UInt8

        static let fin = TCPFlags(rawValue: 1)
        static let syn = TCPFlags(rawValue: 2)
        static let rst = TCPFlags(rawValue: 4)
        static let ack = TCPFlags(rawValue: 16)
    }

    var source: IPAddress
    var destination: IPAddress
    /// Where the IP header begins, the transport's, and where the packet ends.
    var start: Int
    var transportStart: Int
    var end: Int
    /// TTL, or hop limit.
    var hops: UInt8
    /// The transport's protocol number.
    var transport: UInt8
    /// Whether routers must not fragment it; always so in IPv6.
    var isUnfragmentable: Bool
    var fragment: Fragment?
    /// Ports of TCP and UDP; the identifier of an ICMP query, in both; else 0.
    var sourcePort: UInt16 = 0
    var destinationPort: UInt16 = 0
    var tcpFlags: TCPFlags = []
    /// Type and code of ICMP.
    var icmp: ICMP?

    struct ICMP: Hashable, Sendable {
        var type: UInt8
        var code: UInt8
    }

    var family: IPAddress.Family { source.family }
    /// The length in bytes, with the IP header.
    var length: Int { end - start }
    /// Whether it has the transport's header.
    var hasTransport: Bool { fragment?.isFirst ?? true }

    var flow: Flow {
        Flow(
            transport: transport, source: source, destination: destination, sourcePort: sourcePort,
            destinationPort: destinationPort)
    }

    /// Whether it reports an error of another packet, whose beginning it quotes (RFC 792, RFC 4443 section 2.1).
    var isICMPError: Bool {
        guard let icmp else { return false }
        return family == .v4 ? [3, 4, 5, 11, 12].contains(icmp.type) : icmp.type < 128
    }
}

/// The two ends of a conversation, as one packet of it names them.
struct Flow: Hashable, Sendable {
    var transport: UInt8
    var source: IPAddress
    var destination: IPAddress
    var sourcePort: UInt16
    var destinationPort: UInt16

    /// As the answer names them.
    var reversed: Flow {
        Flow(
            transport: transport, source: destination, destination: source, sourcePort: destinationPort,
            destinationPort: sourcePort)
    }
}
