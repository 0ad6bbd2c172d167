// SPDX-License-Identifier: Apache-2.0

import Addressing
import CNITesting
import Glibc
import Testing

/// An echo request of ICMP, as ping(8) sends it.
enum Ping {
    /// Whether an answer of the same size comes back within ten seconds.
    static func answers(
        from source: String, to destination: String, payload: Int, in container: TestContainer
    ) throws -> Bool {
        let isIPv6 = source.contains(":")
        let family = isIPv6 ? AF_INET6 : AF_INET
        let transport = CInt(isIPv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP)
        let number = try container.run { socket(family, CInt(SOCK_RAW.rawValue), transport) }
        let end = try Socket(adopting: number)
        try end.bind(to: source)
        try end.connect(to: destination)
        let identifier = UInt16.random(in: 1...UInt16.max)
        var message: [UInt8] = [
            isIPv6 ? 128 : 8, 0, 0, 0, UInt8(identifier >> 8), UInt8(identifier & 255), 0, 1,
        ]
        message += (0..<payload).map { UInt8(truncatingIfNeeded: $0) }
        // The kernel computes the checksum of ICMPv6 only.
        if !isIPv6 {
            let sum = Sample.checksum(message)
            (message[2], message[3]) = (UInt8(sum >> 8), UInt8(sum & 255))
        }
        guard send(number, message, message.count, 0) == message.count else { return false }
        // Others' packets come to a raw socket, too.
        for _ in 0..<100 {
            guard let answer = end.receivedBytes() else { return false }
            let body = isIPv6 ? answer[...] : answer.dropFirst(20)
            if body.first == (isIPv6 ? 129 : 0), body.dropFirst(4).elementsEqual(message.dropFirst(4)) {
                return true
            }
        }
        return false
    }
}
