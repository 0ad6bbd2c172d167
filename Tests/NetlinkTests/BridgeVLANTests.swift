// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Netlink

/// VLANs of ports on the wire, without a kernel at the other end.
struct BridgeVLANTests {
    /// What `bridge -d vlan show` is told of the VLANs 5 to 7 of a port on a kernel with limits of groups.
    private func answer() throws -> Message {
        var entry = RawAttributes()
        entry.append(1, [6, 0, 5, 0])  // BRIDGE_VLANDB_ENTRY_INFO: native and untagged, from 5
        entry.append(2, [7, 0])  // …_RANGE: to 7
        entry.append(3, [3])  // …_STATE: forwarding
        entry.append(6, [1])  // …_MCAST_ROUTER
        entry.append(7, [9, 0, 0, 0])  // …_MCAST_N_GROUPS
        entry.append(8, [100, 0, 0, 0])  // …_MCAST_MAX_GROUPS
        entry.append(9, [0])  // …_NEIGH_SUPPRESS
        var payload = RawAttributes()
        payload.append(1, entry.bytes)
        // struct br_vlan_msg: the family, and the port's number.
        let bytes: [UInt8] = [7, 0, 0, 0, 3, 0, 0, 0] + payload.bytes
        return Message(type: 112, flags: 0, sequence: 1, payload: bytes[...])
    }

    private func wire(_ verb: Verb, _ vlan: BridgeVLAN) throws -> [RawAttributes.Element] {
        var batch = Batch()
        batch.vlan(verb, vlan, on: 3, named: "port")
        let message = try Message.all(in: batch.entries.flatMap(\.bytes)[...])[0]
        return try Attributes(message.payload.dropFirst(8)).nest(1).elements
    }

    @Test func `what there is no word for is kept, for each VLAN of a range`() throws {
        let vlans = try #require(try BridgeVLAN.decode(answer()))
        #expect(vlans.map(\.id) == [5, 6, 7])
        for vlan in vlans {
            #expect(vlan.isNative && vlan.isUntagged)
            #expect(vlan.other.elements.map(\.kind) == [3, 6, 7, 8, 9])
        }
    }

    @Test func `a VLAN is made with the options that it can be made with, and not removed by them`() throws {
        let vlan = try #require(try BridgeVLAN.decode(answer())?.first)
        let made = try wire(.add, vlan)
        #expect(made.map(\.kind) == [1, 6, 8])
        #expect(made.map(\.content) == [[6, 0, 5, 0], [1], [100, 0, 0, 0]])
        #expect(try wire(.delete, vlan).map(\.kind) == [1])
        #expect(try wire(.add, BridgeVLAN(5)).map(\.content) == [[0, 0, 5, 0]])
    }
}
