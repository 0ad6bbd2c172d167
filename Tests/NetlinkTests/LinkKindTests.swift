// SPDX-License-Identifier: Apache-2.0

import Addressing
import Glibc
import Namespaces
import Netlink
import TestSupport
import Testing

/// Each kind is made, read back, changed in place where the kernel can, and told from what it is not.
@Suite("Kinds of links", .needsNetworkNamespaces)
struct LinkKindTests {
    /// A namespace with a link `lower` that is up, and its number.
    private func lower() throws -> (socket: RoutingSocket, parent: LinkParent) {
        let socket = try RoutingSocket(in: .anonymous())
        try socket.perform {
            $0.addLink("lower", .veth(Veth(peer: Veth.Peer(name: "other"))), LinkAttributes(isUp: true))
        }
        return (socket, LinkParent(try #require(try socket.link(.name("lower"))).index, named: "lower"))
    }

    /// Makes a link, and compares what is found; makes it again from what was found.
    private func expectRoundTrip(_ wanted: LinkKind) throws {
        let (socket, parent) = try lower()
        let over = wanted.needsParent ? parent : nil
        try socket.perform { $0.addLink("x", wanted, parent: over) }
        let found = try #require(try socket.link(.name("x")))
        #expect(found.kind?.name == wanted.name)
        #expect(wanted.fit(found.kind) == .same)
        if over != nil { #expect(found.peer == parent.index) }
        try socket.perform { $0.deleteLink(.name("x")) }
        let kind = try #require(found.kind)
        try socket.perform { $0.addLink("x", kind, parent: over) }
        #expect(try socket.link(.name("x"))?.kind == kind)
    }

    /// Makes a link one way, changes it in place to another, and back.
    private func expectChange(_ old: LinkKind, _ new: LinkKind) throws {
        let (socket, parent) = try lower()
        try socket.perform { $0.addLink("x", old, parent: old.needsParent ? parent : nil) }
        let found = try #require(try socket.link(.name("x"))?.kind)
        #expect(new.fit(found) == .changeable)
        #expect(!new.isSatisfied(by: found))
        let changes = new.changeable(from: found)
        #expect(changes.wanted != changes.found)
        #expect(changes.wanted.text != changes.found?.text)
        try socket.perform { $0.setLink(.name("x"), kind: changes.wanted) }
        #expect(new.isSatisfied(by: try socket.link(.name("x"))?.kind))
        let back = try #require(changes.found)
        try socket.perform { $0.setLink(.name("x"), kind: back) }
        #expect(try socket.link(.name("x"))?.kind == found)
    }

    @Test(.needsKind("dummy")) func `a dummy`() throws { try expectRoundTrip(.dummy(Dummy())) }

    @Test(.needsKind("ifb")) func `an ifb`() throws { try expectRoundTrip(.ifb(IFB())) }

    @Test(.needsKind("vrf")) func `a vrf`() throws { try expectRoundTrip(.vrf(VRF(table: 1000))) }

    @Test(.needsKind("macvlan"), arguments: [MACVLAN.Mode.private, .vepa, .bridge, .passthru])
    func `a macvlan`(mode: MACVLAN.Mode) throws {
        var settings = MACVLAN(mode: mode)
        settings.flags = 2
        settings.broadcastQueueLength = 2000
        try expectRoundTrip(.macvlan(settings))
    }

    @Test(.needsKind("macvlan")) func `a macvlan's mode is changed in place`() throws {
        try expectChange(.macvlan(MACVLAN(mode: .bridge)), .macvlan(MACVLAN(mode: .private)))
        var flags = MACVLAN(mode: .bridge)
        flags.flags = 2
        try expectChange(.macvlan(MACVLAN(mode: .bridge)), .macvlan(flags))
    }

    @Test(.needsKind("ipvlan"), arguments: [IPVLAN.Mode.l2, .l3, .l3s])
    func `an ipvlan`(mode: IPVLAN.Mode) throws { try expectRoundTrip(.ipvlan(IPVLAN(mode: mode, flags: 1))) }

    @Test(.needsKind("ipvlan")) func `an ipvlan's mode is changed in place`() throws {
        try expectChange(.ipvlan(IPVLAN(mode: .l2)), .ipvlan(IPVLAN(mode: .l3, flags: 2)))
    }

    @Test(.needsKind("vlan")) func `a vlan`() throws {
        try expectRoundTrip(.vlan(VLAN(id: 5)))
        try expectRoundTrip(.vlan(VLAN(id: 4094, tagProtocol: .dot1ad, flags: 1 | 4)))
    }

    @Test(.needsKind("vlan")) func `a vlan's flags are changed in place`() throws {
        try expectChange(.vlan(VLAN(id: 5)), .vlan(VLAN(id: 5, flags: 1 | 4)))
    }

    @Test func `a bridge`() throws {
        var settings = Netlink.Bridge()
        settings.ageingTime = 10_000
        settings.multicastSnooping = false
        try expectRoundTrip(.bridge(settings))
        try expectChange(.bridge(Netlink.Bridge()), .bridge(settings))
    }

    @Test(.needsKind("vxlan")) func `a vxlan`() throws {
        var settings = VXLAN(identifier: 7, port: 4789, local: IPAddress("192.0.2.1"))
        try expectRoundTrip(.vxlan(settings))
        settings.learning = false
        try expectChange(
            .vxlan(VXLAN(identifier: 7, port: 4789, local: IPAddress("192.0.2.1"))), .vxlan(settings))
    }

    @Test(.needsKind("macvtap")) func `a kind from outside is made, read, compared and changed like our own`()
        throws
    {
        try expectChange(.custom(MACVTAP(mode: 4)), .custom(MACVTAP(mode: 1)))
        let (socket, parent) = try lower()
        try socket.perform { $0.addLink("x", .custom(MACVTAP(mode: 4)), parent: parent) }
        let found = try #require(try socket.link(.name("x"))?.kind)
        // What the kernel reports is kept, and can be read by whoever knows it.
        guard case .other("macvtap", let data) = found else {
            Issue.record("\(found)")
            return
        }
        #expect(data.elements.contains { $0.kind == 1 && $0.content == [4, 0, 0, 0] })
        #expect(try found.settings(as: MACVTAP.self)?.mode == 4)
        #expect(try found.settings(as: MACVLAN.self) == nil)
        #expect(LinkKind.custom(MACVTAP(mode: 4)).fit(.dummy(Dummy())) == .needsNewLink)
        #expect(LinkKind.custom(MACVTAP(mode: 4)) == .custom(MACVTAP(mode: 4)))
        #expect(LinkKind.custom(MACVTAP(mode: 4)) != .custom(MACVTAP(mode: 8)))
        #expect(LinkKind.custom(MACVTAP(mode: 4)).text == "macvtap mode 4")
    }

    @Test func `what identifies a link is not changed in place`() {
        let pairs: [(LinkKind, LinkKind)] = [
            (.vlan(VLAN(id: 5)), .vlan(VLAN(id: 6))),
            (.vlan(VLAN(id: 5, tagProtocol: .dot1ad)), .vlan(VLAN(id: 5, tagProtocol: .dot1q))),
            (.macvlan(MACVLAN(mode: .passthru)), .macvlan(MACVLAN(mode: .bridge))),
            (.macvlan(MACVLAN(mode: .bridge)), .macvlan(MACVLAN(mode: .passthru))),
            (.vrf(VRF(table: 1)), .vrf(VRF(table: 2))),
            (.vxlan(VXLAN(identifier: 1)), .vxlan(VXLAN(identifier: 2))),
            (.tun(TUN(isTap: true)), .tun(TUN(isTap: false))),
        ]
        for (wanted, found) in pairs {
            #expect(wanted.needsNewLink(insteadOf: found), "\(wanted)")
            #expect(!wanted.isSatisfied(by: found), "\(wanted)")
            #expect(wanted.changeable(from: found).wanted == wanted)
        }
    }

    @Test func `a link of another kind is neither the same nor to be replaced`() {
        let kinds: [LinkKind] = [
            .bridge(Netlink.Bridge()), .veth(Veth()), .vxlan(VXLAN()), .dummy(Dummy()), .macvlan(MACVLAN()),
            .ipvlan(IPVLAN()), .vlan(VLAN()), .ifb(IFB()), .vrf(VRF()), .tun(TUN()), .custom(MACVTAP()),
            .other("bond"),
        ]
        #expect(Set(kinds.map(\.name)).count == kinds.count)
        for wanted in kinds {
            for found in kinds {
                #expect(wanted.isSatisfied(by: found) == (wanted == found), "\(wanted) \(found)")
                #expect(!wanted.needsNewLink(insteadOf: found), "\(wanted) \(found)")
            }
            #expect(!wanted.isSatisfied(by: nil))
            #expect(!wanted.needsNewLink(insteadOf: nil))
        }
    }

    @Test func `a kind by its name alone, or as somebody else's type, is compared with ours`() throws {
        #expect(LinkKind.other("dummy").isSatisfied(by: .dummy(Dummy())))
        #expect(
            LinkKind.other("bond").isSatisfied(
                by: .other("bond", data: try RawAttributes(bytes: [5, 0, 1, 0, 7]))))
        let strange = LinkKind.other("bond", data: try RawAttributes(bytes: [5, 0, 1, 0, 8]))
        #expect(strange.fit(.other("bond")) == .changeable)
        var macvlan = MACVLAN(mode: .bridge)
        macvlan.other.append(77, [1, 2])
        let read = try #require(try LinkKind.macvlan(macvlan).settings(as: OtherMACVLAN.self))
        #expect(read.mode == 4)
        #expect(read.strange == [1, 2])
        #expect(LinkKind.custom(OtherMACVLAN(mode: 4)).isSatisfied(by: .macvlan(macvlan)))
        #expect(LinkKind.custom(OtherMACVLAN(mode: 8)).fit(.macvlan(macvlan)) == .changeable)
    }

    @Test func `kinds have the words of ip`() {
        var macvlan = MACVLAN(mode: .bridge)
        macvlan.flags = 3
        macvlan.broadcastQueueLength = 7
        #expect(LinkKind.macvlan(macvlan).text == "macvlan mode bridge nopromisc nodst bcqueuelen 7")
        #expect(LinkKind.ipvlan(IPVLAN(mode: .l3s, flags: 2)).text == "ipvlan mode l3s vepa")
        #expect(LinkKind.vlan(VLAN(id: 5, tagProtocol: .dot1ad)).text == "vlan protocol 802.1ad id 5")
        #expect(LinkKind.vrf(VRF(table: 9)).text == "vrf table 9")
        #expect(LinkKind.bridge(Netlink.Bridge(vlanFiltering: true)).text == "bridge vlan_filtering 1")
        #expect(LinkKind.other("bond").text == "bond")
    }

    @Test(.needsKind("macvlan")) func `a link is made in another namespace, on a parent in this one`() throws
    {
        let (socket, parent) = try lower()
        let container = try NetworkNamespace.anonymous()
        var attributes = LinkAttributes(mtu: 1400, mac: MACAddress("02:00:00:00:00:77"))
        attributes.isUp = true
        try socket.perform {
            $0.addLink(
                "eth0", .macvlan(MACVLAN(mode: .bridge)), attributes, parent: parent,
                in: container)
        }
        #expect(try socket.link(.name("eth0")) == nil)
        let found = try #require(try RoutingSocket(in: container).link(.name("eth0")))
        #expect(found.attributes.mtu == 1400)
        #expect(found.attributes.mac == attributes.mac)
        #expect(found.attributes.isUp == true)
        #expect(found.peer == parent.index)
    }

    @Test(.needsKind("macvlan")) func `a session reaches a parent in another namespace by its number`() throws
    {
        let host = try NetworkNamespace.anonymous()
        let hostSocket = try RoutingSocket(in: host)
        try hostSocket.perform { $0.addLink("lower", .veth(Veth(peer: Veth.Peer(name: "other")))) }
        let index = try #require(try hostSocket.link(.name("lower"))).index
        let container = try RoutingSocket(in: .anonymous())
        try container.perform { $0.numberNamespace(host, 7) }
        #expect(try container.namespaceNumber(of: host) == 7)
        try container.perform {
            $0.addLink("eth0", .macvlan(MACVLAN(mode: .bridge)), parent: LinkParent(index, namespace: 7))
        }
        let found = try #require(try container.link(.name("eth0")))
        #expect(found.peer == index)
        #expect(found.peerNamespace == 7)
        let error = #expect(throws: NetlinkError.self) {
            try container.perform { $0.numberNamespace(host, 8) }
        }
        #expect(error?.errno == EEXIST)
    }

    @Test func `a link moves into a namespace under another name, and back, with its alias`() throws {
        let home = try NetworkNamespace.anonymous()
        let container = try NetworkNamespace.anonymous()
        let (outside, inside) = (try RoutingSocket(in: home), try RoutingSocket(in: container))
        try outside.perform { batch in
            batch.addLink(
                "nic", .veth(Veth(peer: Veth.Peer(name: "cable"))),
                LinkAttributes(isUp: true, alias: "the uplink"))
        }
        let index = try #require(try outside.link(.name("nic"))).index
        try outside.perform { $0.moveLink(index, named: "nic", to: container, as: "eth0") }
        #expect(try outside.link(.name("nic")) == nil)
        let found = try #require(try inside.link(.name("eth0")))
        #expect(found.attributes.alias == "the uplink")
        #expect(found.attributes.isUp == false)
        try inside.perform { $0.moveLink(found.index, to: home, as: "nic") }
        #expect(try outside.link(.name("nic"))?.attributes.alias == "the uplink")
        // A name that is taken there is refused, and nothing has moved.
        try inside.perform { $0.addLink("eth0", .bridge(Netlink.Bridge())) }
        let back = try #require(try outside.link(.name("nic"))).index
        let error = #expect(throws: NetlinkError.self) {
            try outside.perform { $0.moveLink(back, named: "nic", to: container, as: "eth0") }
        }
        #expect(error?.errno == EEXIST)
        #expect(error?.operation.hasPrefix("link set nic netns") == true)
    }
}

/// A kind that the package does not know, as somebody else would write it.
private struct MACVTAP: LinkKindSettings {
    var mode: UInt32?

    static let kind = "macvtap"
    static let needsParent = true

    init(mode: UInt32? = nil) { self.mode = mode }

    var words: String { mode.map { "macvtap mode \($0)" } ?? "macvtap" }

    init(_ data: Attributes) throws(MalformedMessage) { mode = try data.number(1) }

    func encode(into data: inout AttributeWriter) { if let mode { data.number(1, mode) } }

    func fit(_ found: MACVTAP) -> LinkKindFit { mode == nil || mode == found.mode ? .same : .changeable }

    func changes(from found: MACVTAP) -> (wanted: MACVTAP, found: MACVTAP) {
        (self, MACVTAP(mode: found.mode))
    }
}

/// Somebody else's type for a kind that the package knows.
private struct OtherMACVLAN: LinkKindSettings {
    var mode: UInt32?
    var strange: [UInt8]?

    static let kind = "macvlan"

    init(mode: UInt32) { self.mode = mode }

    init(_ data: Attributes) throws(MalformedMessage) {
        mode = try data.number(1)
        strange = data[77].map { [UInt8]($0) }
    }

    func encode(into data: inout AttributeWriter) {
        if let mode { data.number(1, mode) }
    }

    func fit(_ found: OtherMACVLAN) -> LinkKindFit { mode == found.mode ? .same : .changeable }

    func changes(from found: OtherMACVLAN) -> (wanted: OtherMACVLAN, found: OtherMACVLAN) { (self, found) }
}
