// SPDX-License-Identifier: Apache-2.0

import CNIPlugin
import CNITesting
import TestSupport
import Testing

@Suite(.needsNamespaces, .needsProgram("/usr/sbin/ip"), .needsTunnelDevice)
struct TapTests {
    @Test(
        arguments: [
            (["owner": 54321, "group": 54322], ["user 54321", "group 54322"]),
            (["owner": 54321, "group": nil], ["user 54321"]),
            (["owner": nil, "group": 54322], ["group 54322"]),
            (["owner": 0, "group": 0], ["user root", "group root"]),
            (["multiQueue": true], ["multi_queue numqueues"]),
            (["mac": "02:00:00:00:00:21", "mtu": 1300], ["02:00:00:00:00:21", "mtu 1300"]),
            (
                ["runtimeConfig": ["mac": "02:00:00:00:00:22"], "mac": "02:00:00:00:00:21"],
                ["02:00:00:00:00:22"]
            ),
        ] as [([String: JSON?], [String])])
    func `the link has what the configuration says, and CHECK knows it`(
        members: [String: JSON?], words: [String]
    )
        throws
    {
        let world = try InterfaceWorld(.tap, members)
        let before = try world.snapshot()
        let result = try world.attach()
        let link = try world.container.ip("-d link show eth0")
        for word in words + ["type tap", "persist on"] { #expect(link.contains(word), "\(word): \(link)") }
        #expect(try world.fault(result) == "")
        #expect(try world.detach(result) == nil)
        #expect(try difference(before, world.snapshot()) == "")
    }

    @Test func `it becomes a port of a bridge in the container`() throws {
        let world = try InterfaceWorld(.tap, ["bridge": "br9", "ipam": nil])
        let before = try world.snapshot()
        let failed = try world.call(.add)
        #expect(failed.output?["msg"]?.string?.contains("br9") == true, "\(failed)")
        #expect(try difference(before, world.snapshot()) == "")
        try world.container.ip("link add br9 type bridge")
        let result = try world.attach()
        #expect(try world.container.ip("link show eth0").contains("master br9"))
        #expect(try world.fault(result) == "")
        try world.container.ip("link set eth0 nomaster")
        #expect(try world.fault(result).contains("br9"))
        #expect(try world.detach(result) == nil)
    }

    @Test func `a link of the same name that is none, or has another owner, is not as described`() throws {
        let world = try InterfaceWorld(.tap)
        let result = try world.attach()
        let mac = try #require(result["interfaces"]?.array?[0]["mac"]?.string)
        try world.container.ip("link delete eth0")
        try world.container.ip("tuntap add eth0 mode tap user 7")
        try world.container.ip("link set eth0 address \(mac) up")
        #expect(try world.fault(result).contains("eth0"))
    }

    @Test(
        arguments: [
            ["owner": -1], ["owner": "root"], ["group": 4_294_967_296], ["bridge": "a/b"], ["multiQueue": 1],
            ["mac": "01:00:00:00:00:01"],
        ] as [[String: JSON?]])
    func `what an ADD cannot take is refused with its key, and nothing is changed`(members: [String: JSON?])
        throws
    {
        try InterfaceWorld(.tap, members).expectRefusal(naming: members.keys)
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips a test where links of programs cannot be made.
    fileprivate static var needsTunnelDevice: Self {
        .enabled("needs /dev/net/tun") { InterfaceCase.tap.isPossible }
    }
}
