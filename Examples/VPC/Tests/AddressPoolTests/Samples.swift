// SPDX-License-Identifier: Apache-2.0

import AddressPool
import Addressing
import Testing

/// Shorthand for tests.
enum Sample {
    static let start = Moment(milliseconds: 1_000_000)

    static func key(_ container: String, _ interface: String = "eth0") -> AttachmentKey {
        AttachmentKey(container: container, interface: interface)
    }

    static func prefix(_ text: String) throws -> IPPrefix { try #require(IPPrefix(text)) }
    static func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

    /// An ENI with `count` single addresses 10.0.INDEX.10 and on.
    static func eni(
        _ index: Int, addresses count: Int = 0, prefixes: [String] = [], seen: Moment = start,
        status: ENI.Status = .attached, subnet: String = "subnet-a", role: ENI.Role = .pool,
        reserved: Set<IPAddress> = []
    ) throws -> SeenENI {
        let eni = ENI(
            id: ENIID("eni-\(index)"), mac: MACAddress(bits: 0x02_0000_0000_00 + UInt64(index)),
            deviceIndex: index,
            subnet: SubnetID(subnet), isPrimary: index == 0, primaryAddress: IPAddress("10.0.\(index).4"),
            role: role,
            status: status, seen: seen)
        let singles = try (0..<count).map { try prefix("10.0.\(index).\(10 + $0)/32") }
        return SeenENI(eni, blocks: try singles + prefixes.map(prefix), reserved: reserved)
    }

    /// A pool that has been looked at, with these ENIs.
    static func pool(_ enis: [SeenENI], cooldown: Duration = .seconds(30)) -> Pool {
        var pool = Pool(cooldown: cooldown)
        _ = pool.update(enis, now: start)
        pool.prove(holders: [:], now: start)
        return pool
    }
}
