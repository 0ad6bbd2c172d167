// SPDX-License-Identifier: Apache-2.0

internal import Addressing

/// A question of ARP for an IPv4 address on Ethernet (RFC 826).
struct ARPRequest: Hashable, Sendable {
    var sender: MACAddress
    /// The sender's address; unspecified in a probe (RFC 5227).
    var senderAddress: IPAddress
    var target: IPAddress

    /// Reads a request that begins at `start`; nil for anything else.
    init?(_ frame: [UInt8], at start: Int) {
        guard frame.count >= start + 28, frame.number64(at: start) == 0x0001_0800_0604_0001 else {
            return nil
        }
        sender = frame.mac(at: start + 8)
        senderAddress = frame.address4(at: start + 14)
        target = frame.address4(at: start + 24)
    }

    /// The reply: the target is at `mac`.
    func reply(_ mac: MACAddress) -> [UInt8] {
        [0, 1, 8, 0, 6, 4, 0, 2] + mac.bytes + target.bytes + sender.bytes + senderAddress.bytes
    }
}
