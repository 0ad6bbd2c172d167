// SPDX-License-Identifier: Apache-2.0

import CNITesting
import CNITypes
import Glibc
import LinuxCore
import TestSupport
import Testing

/// Nodes on which the plugins are replaced while containers run: the CNI project's own by ours, and back.
@Suite(
    .needsTool, .needsNamespaces, .needsPlugins, .needsReferencePlugins,
    .needsProgram("/usr/sbin/iptables-nft", "/usr/sbin/nft", "/usr/bin/env"))
struct MigrationTests {
    @Test func `with iptables-nft, to ours and back`() throws { try comeAndGo("nft") }

    @Test(.needsLegacyTables) func `with iptables-legacy, to ours and back`() throws {
        try comeAndGo("legacy")
    }

    private func comeAndGo(_ kind: String) throws {
        let node = try Node(iptables: kind)
        try node.use(Node.reference)
        for name in ["a", "b"] { try node.succeed("add", name) }
        try node.use(Tool.products)
        for name in ["a", "b"] { try node.succeed("check", name) }
        try node.succeed("add", "c")
        #expect(try node.leases() == ["10.88.0.2", "10.88.0.3", "10.88.0.4"])
        try node.succeed("del", "a")
        #expect(try node.leases() == ["10.88.0.3", "10.88.0.4"])
        // The legacy iptables are changed by iptables alone: the doctor names what is left there.
        let left = try node.rules().filter { $0.names("a") }
        #expect(left.count == (kind == "legacy" ? 3 : 0), "\(left)")
        if kind == "legacy" {
            let remedy = try #require(try node.remedy("reference-rules-left-over"))
            try node.shell(remedy)
            #expect(try !node.rules().contains { $0.names("a") })
        }

        #expect(try !node.rules().contains { $0.names("c") })
        let rehearsal = try node.cni("hand-back", "--dry-run")
        #expect(rehearsal.output.contains("iptables --wait -t nat -N CNI-"), "\(rehearsal)")
        #expect(try !node.rules().contains { $0.names("c") }, "nothing is done yet")
        for _ in 0..<2 {
            let handed = try node.cni("hand-back")
            #expect(handed.status == 0 && handed.lines.contains("pods/c/eth0: handed back"), "\(handed)")
            #expect(try node.rules().filter { $0.names("c") }.count == 3)
        }
        #expect(try !node.nft().contains("pods/c/eth0"))
        try node.succeed("check", "c")
        try node.use(Node.reference)
        for name in ["b", "c"] { try node.succeed("check", name) }
        for name in ["b", "c"] { try node.succeed("del", name) }
        #expect(try node.leases() == [])
        #expect(try !node.rules().contains { $0.contains("CNI-") })
        #expect(try node.cni("list", "--json").json["attachments"] == [])
    }

    @Test func `one that was handed back and did not go is detached by ours without a leak`() throws {
        let node = try Node(iptables: "nft")
        try node.use(Tool.products)
        let before = try node.rules()
        try node.succeed("add", "a")
        #expect(try node.cni("hand-back", "pods").status == 0)
        #expect(try node.rules().contains { $0.names("a") })
        try node.succeed("del", "a")
        #expect(try !node.rules().contains { $0.contains("CNI-") }, "\(before)")
        #expect(try !node.nft().contains("pods/a/eth0"))
    }

    @Test func `without a word of iptables the command fails and says which one`() throws {
        let node = try Node(iptables: "nft")
        try node.use(Tool.products)
        try node.succeed("add", "a")
        let outcome = try node.cni(["hand-back"], path: "/nowhere")
        #expect(outcome.status == 1 && outcome.errors.contains("iptables"), "\(outcome)")
        #expect(try node.nft().contains("pods/a/eth0"), "it is masqueraded by ours as before")
    }
}

extension String {
    /// Whether a rule's comment is that of a container.
    fileprivate func names(_ container: String) -> Bool { contains(#"id: \"\#(container)\""#) }
}

/// A machine whose plugins can be replaced.
final class Node {
    static let reference = "/usr/lib/cni"

    let machine: Machine
    private let path: String
    private var containers: [String: String] = [:]
    private var folder: String { machine.world.folder.path }

    init(iptables kind: String) throws {
        machine = try Machine()
        path = "\(machine.world.folder.path)/path"
        try Directory.create(path)
        for name in ["iptables", "ip6tables"] {
            #expect(symlink("/usr/sbin/\(name)-\(kind)", "\(path)/\(name)") == 0)
        }
        let list = try JSON(parsing: machine.world.content("net.d/pods.conflist"))
        // The newest version that Debian's release knows.
        try machine.world.configure("pods", try #require(list["plugins"]?.array?.first), version: "1.0.0")
    }

    /// Replaces the plugins.
    func use(_ products: String) throws {
        for name in ["bridge", "host-local"] {
            #expect(unlink("\(machine.world.plugins)/\(name)") == 0)
            #expect(symlink("\(products)/\(name)", "\(machine.world.plugins)/\(name)") == 0)
        }
    }

    func cni(_ words: String...) throws -> Tool.Outcome {
        try cni(words, path: "\(path):/usr/sbin:/usr/bin:/bin")
    }

    func cni(_ words: [String], path: String) throws -> Tool.Outcome {
        try machine.cni(words, ["PATH": path, "XTABLES_LOCKFILE": "\(folder)/xtables.lock"])
    }

    /// Does a verb for a container, which has to succeed at once.
    func succeed(_ verb: String, _ name: String) throws {
        let path = try containers[name] ?? machine.container(name).path
        containers[name] = path
        let outcome = try cni(verb, "pods", path, "--container-id", name)
        try #require(outcome.status == 0, "\(verb) \(name): \(outcome)")
    }

    func leases() throws -> [String] {
        try Directory.names(in: "\(machine.network.dataDir.path)/pods").filter { $0.hasPrefix("10.") }
            .sorted()
    }

    /// What iptables lists.
    func rules() throws -> [String] {
        try run("\(path)/iptables -t nat -S").split(separator: "\n").map(String.init)
    }

    func nft() throws -> String { try run("/usr/sbin/nft list ruleset") }

    /// The command that the doctor says for a finding.
    func remedy(_ id: String) throws -> String? {
        let findings = try cni("doctor", "--json").json["findings"]?.array ?? []
        return findings.first { $0["id"]?.string == id }?["remedy"]?.string
    }

    func shell(_ script: String) throws { _ = try run(script) }

    private func run(_ script: String) throws -> String {
        let outcome = try machine.network.run {
            try Tool.start(
                ["-ec", script],
                ["PATH": "\(path):/usr/sbin:/usr/bin:/bin", "XTABLES_LOCKFILE": "\(folder)/xtables.lock"],
                program: "/bin/sh")
        }.wait()
        try #require(outcome.status == 0, "\(script): \(outcome)")
        return outcome.output
    }
}
