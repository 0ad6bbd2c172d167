// SPDX-License-Identifier: Apache-2.0

import CNITypes
import Testing

@Suite(.needsTool)
struct RepairTests {
    @Test
    func `a plugin that does not repair is asked for CHECK, and what it finds is the failure`() throws {
        let world = try World("a")
        try world.configure("net", ["type": "a"])
        let added = try world.cni("add", "net", ownNamespace)
        #expect(added.status == 0, "\(added)")
        let sound = try world.cni("repair")
        #expect(sound.status == 0 && sound.output.contains("as it should be"), "\(sound)")
        #expect(try world.story() == ["ADD a", "CHECK a"])
        try world.configure("other", ["type": "a"])
        let nothing = try world.cni("repair", "other")
        #expect(nothing.status == 0, "\(nothing)")
        let unknown = try world.cni("repair", "nowhere")
        #expect(unknown.status == 1 && unknown.errors.contains("nowhere"), "\(unknown)")
    }

    @Test
    func `JSON can be printed, also for a network whose file is broken by now`() throws {
        let world = try World("a")
        try world.configure("net", ["type": "a"])
        #expect(try world.cni("add", "net", ownNamespace).status == 0)
        try world.write("net.d/net.conflist", "{")
        let document = try world.cni("repair", "--json", "--dry-run").json
        #expect(document["isRehearsal"]?.bool == true)
        #expect(document["attachments"]?.array?.count == 1)
    }

    @Test(arguments: ["status", "gc"])
    func `a file that cannot be used, and no network at all, are failures that are named`(verb: String) throws
    {
        let world = try World("a")
        let empty = try world.cni(verb)
        #expect(empty.status == 1 && empty.errors.contains(world.networks), "\(empty)")
        try world.configure("net", ["type": "a"])
        #expect(try world.cni(verb).status == 0)
        try world.write("net.d/broken.conflist", "{")
        let broken = try world.cni(verb)
        #expect(broken.status == 1 && broken.errors.contains("broken.conflist"), "\(broken)")
        #expect(broken.output.contains("net: "), "the others are asked all the same: \(broken)")
        #expect(try world.cni(verb, "net").status == 0)
    }
}
