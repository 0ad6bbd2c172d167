// SPDX-License-Identifier: Apache-2.0

import Addressing
import DHCPClient
import Testing

/// A server's message, byte by byte.
func reply(
    _ kind: UInt8, transaction: UInt32 = 7, your: [UInt8] = [10, 7, 0, 50],
    mac: [UInt8] = [2, 0, 0, 0, 0, 9],
    options: [UInt8] = [], file: [UInt8] = [], sname: [UInt8] = []
) -> [UInt8] {
    func filled(_ bytes: [UInt8], _ count: Int) -> [UInt8] {
        bytes + [UInt8](repeating: 0, count: count - bytes.count)
    }
    let id = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: transaction >> $0) }
    return [2, 1, 6, 0] + id + [0, 0, 0x80, 0] + [0, 0, 0, 0] + your + [10, 7, 0, 1] + [0, 0, 0, 0]
        + filled(mac, 16) + filled(sname, 64) + filled(file, 128) + [99, 130, 83, 99] + [53, 1, kind]
        + options
        + [255]
}

@Suite struct DHCPMessageTests {
    @Test func `a client's message has RFC 2131's layout`() throws {
        let mac = try #require(MACAddress("02:00:00:00:00:09"))
        var message = DHCPMessage(.discover, transaction: 0x0102_0304, mac: mac)
        message.seconds = 258
        message.wantsBroadcast = true
        message.options[.hostName] = Array("web".utf8)
        let bytes = message.bytes
        #expect(bytes.count == 300)
        #expect(Array(bytes[0..<12]) == [1, 1, 6, 0, 1, 2, 3, 4, 1, 2, 0x80, 0])
        #expect(bytes[12..<28].allSatisfy { $0 == 0 })
        #expect(Array(bytes[28..<44]) == [2, 0, 0, 0, 0, 9] + [UInt8](repeating: 0, count: 10))
        #expect(Array(bytes[236..<249]) == [99, 130, 83, 99, 53, 1, 1, 12, 3, 119, 101, 98, 255])
    }

    @Test func `a server's message is read, with options in all three fields`() throws {
        let bytes = reply(
            2, options: [52, 1, 3, 1, 4, 255, 255, 255, 0], file: [3, 4, 10, 7, 0, 1, 255],
            sname: [6, 4, 10, 7, 0, 2, 255])
        let message = try #require(DHCPMessage(parsingReply: bytes))
        #expect(message.kind == .offer && message.transaction == 7)
        #expect(message.yourAddress.description == "10.7.0.50")
        #expect(message.options.prefixLength == 24)
        #expect(message.options.addresses(.routers).map(\.description) == ["10.7.0.1"])
        #expect(message.options.addresses(.domainNameServers).map(\.description) == ["10.7.0.2"])
    }

    @Test func `pieces of an option are one value, and a long value goes out in pieces`() throws {
        let long = (0..<600).map { UInt8(truncatingIfNeeded: $0) }
        var options: [UInt8] = []
        for start in stride(from: 0, to: 600, by: 200) { options += [121, 200] + long[start..<start + 200] }
        let message = try #require(DHCPMessage(parsingReply: reply(5, options: options)))
        #expect(message.options[.classlessStaticRoutes] == long)
        let mac = try #require(MACAddress("02:00:00:00:00:09"))
        var request = DHCPMessage(.request, transaction: 1, mac: mac)
        request.options[.userClass] = long
        // What a server would read of it: BOOTREQUEST made BOOTREPLY.
        var bytes = request.bytes
        bytes[0] = 2
        #expect(DHCPMessage(parsingReply: bytes)?.options[.userClass] == long)
    }

    @Test func `no cut or changed message is more than refused`() throws {
        let whole = reply(
            5,
            options: [
                1, 4, 255, 255, 255, 0, 51, 4, 0, 0, 14, 16, 54, 4, 10, 7, 0, 1, 121, 5, 0, 10, 7, 0, 1,
            ])
        for count in whole.indices { _ = DHCPMessage(parsingReply: Array(whole[..<count])) }
        for index in whole.indices {
            for value in [0, 1, 127, 128, 255] as [UInt8] {
                var bytes = whole
                bytes[index] = value
                if let message = DHCPMessage(parsingReply: bytes) {
                    _ = DHCPLease(message, start: 0)?.result()
                }
            }
        }
        #expect(DHCPMessage(parsingReply: Array(whole.dropLast(3))) == nil, "an option that is cut off")
        #expect(DHCPMessage(parsingReply: []) == nil)
    }

    @Test func `a UDP packet has right checksums, and is read back`() throws {
        let source = try #require(IPAddress("10.7.0.50"))
        let destination = try #require(IPAddress("10.7.0.1"))
        for payload in [[], [1], [1, 2, 3], [UInt8](repeating: 0xff, count: 333)] as [[UInt8]] {
            let packet = UDPPacket(from: source, 68, to: destination, 67, payload)
            #expect(UDPPacket(parsing: packet.bytes, checksUDP: true) == packet)
            // Ethernet pads short frames.
            #expect(UDPPacket(parsing: packet.bytes + [0, 0, 0], checksUDP: true) == packet)
            for index in packet.bytes.indices where index != 26 {
                var bytes = packet.bytes
                bytes[index] ^= 0x40
                let read = UDPPacket(parsing: bytes, checksUDP: true)
                #expect(read == nil, "byte \(index)")
                _ = UDPPacket(parsing: Array(packet.bytes[..<index]), checksUDP: true)
            }
        }
    }
}
