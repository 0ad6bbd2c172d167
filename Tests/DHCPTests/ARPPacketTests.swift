// SPDX-License-Identifier: Apache-2.0

import Addressing
import DHCPClient
import Testing

@Suite struct ARPPacketTests {
    private let mac = MACAddress(bits: 0x0200_0000_0009)
    private let other = MACAddress(bits: 0x0200_0000_0010)
    private let address = IPAddress(.v4, bits: 0x0a07_0032)

    /// An answer, byte by byte.
    private func answer(from sender: [UInt8] = [2, 0, 0, 0, 0, 0x10], _ source: [UInt8]) -> [UInt8] {
        [0, 1, 8, 0, 6, 4, 0, 2] + sender + source + [2, 0, 0, 0, 0, 9, 0, 0, 0, 0]
    }

    @Test func `a probe has the layout of RFC 5227, and tells nothing of the one who asks`() {
        let probe = ARPPacket(probing: address, from: mac).bytes
        #expect(
            probe == [0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 7, 0, 50])
        #expect(ARPPacket(parsing: probe) == ARPPacket(probing: address, from: mac))
    }

    @Test func `who has the address, or probes for it, is a conflict`() throws {
        let answered = try #require(ARPPacket(parsing: answer([10, 7, 0, 50])))
        #expect(answered.isConflict(over: address, with: mac) && answered.sender == other)
        #expect(!answered.isConflict(over: address, with: other), "its own")
        #expect(ARPPacket(probing: address, from: other).isConflict(over: address, with: mac))
        #expect(!ARPPacket(probing: address, from: mac).isConflict(over: address, with: mac), "its own")
        let elsewhere = try #require(ARPPacket(parsing: answer([10, 7, 0, 51])))
        #expect(!elsewhere.isConflict(over: address, with: mac))
        // Somebody who has an address, and looks for whom the client is to be.
        var question = ARPPacket(probing: address, from: other)
        question.senderAddress = IPAddress(.v4, bits: 0x0a07_0001)
        #expect(!question.isConflict(over: address, with: mac))
    }

    @Test func `no cut or changed packet is more than refused`() {
        let whole = answer([10, 7, 0, 50])
        for count in whole.indices { #expect(ARPPacket(parsing: Array(whole[..<count])) == nil) }
        for index in 0..<8 {
            for value in [3, 77, 255] as [UInt8] {
                var bytes = whole
                bytes[index] = value
                #expect(ARPPacket(parsing: bytes) == nil, "byte \(index)")
            }
        }
        #expect(ARPPacket(parsing: whole + [UInt8](repeating: 0, count: 18)) != nil, "a padded frame")
    }
}
