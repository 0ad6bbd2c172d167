// SPDX-License-Identifier: Apache-2.0

import CNITesting
import CNITypes
import Glibc
import LinuxCore
import TestSupport
import Testing

extension Machine {
    /// Runs a program on the machine, or in one of its containers; the test fails if it fails.
    @discardableResult
    func run(_ words: String, in container: TestContainer? = nil) throws -> String {
        let parts = words.split(separator: " ").map(String.init)
        func start() throws -> Tool.Process {
            try Tool.start(Array(parts.dropFirst()), ["PATH": "/usr/bin:/bin"], program: parts[0])
        }
        let outcome = try (container.map { try $0.run(start) } ?? network.run(start)).wait()
        try #require(outcome.status == 0, "\(words): \(outcome)")
        return outcome.output
    }
}

/// Ten faults at once, of the network's and of others' making, on the built executables.
@Suite(
    .needsTool, .needsNamespaces, .needsPlugins, .needsMounts, .needsAllProcesses,
    .needsProgram("/usr/sbin/ip", "/usr/sbin/nft", "/usr/bin/ping"))
struct BrokenMachineTests {
    private let machine: Machine
    private let web: TestContainer
    private let database: TestContainer

    init() throws {
        machine = try Machine()
        let (web, database) = (try machine.container("web"), try machine.container("db"))
        (self.web, self.database) = (web.container, database.container)
        for (id, path) in [("web", web.path), ("db", database.path)] {
            let added = try machine.cni("add", "pods", path, "--container-id", id)
            try #require(added.status == 0, "\(added)")
        }
    }

    private var leases: String { "\(machine.network.dataDir.path)/pods" }

    /// Makes nine things go wrong.
    ///
    /// The tenth is that the leases' folder is read-only, which each command has to be run after.
    private func breakEverything() throws {
        let ports = try machine.run("/usr/sbin/ip -o link show master cni0")
        let port = try #require(
            ports.split(separator: " ").first { $0.hasPrefix("veth") }?.split(separator: "@").first)
        try machine.run("/usr/sbin/nft flush ruleset")
        try machine.run("/usr/sbin/ip link set \(port) nomaster")
        try machine.run("/usr/sbin/ip address del 10.88.0.1/16 dev cni0")
        try machine.run("/usr/sbin/ip link set cni0 down")
        try machine.network.run { try File.write("0", into: "/proc/sys/net/ipv4/ip_forward") }
        try machine.run("/usr/sbin/ip route del default", in: web)
        // A container that died long ago: a younger lease might be one of an ADD that is going on.
        try File.replace("\(leases)/10.88.9.9", Array("dead\r\neth0".utf8), mode: 0o600)
        try machine.run("/usr/bin/touch -d @1 \(leases)/10.88.9.9")
        let world = machine.world
        try #require(symlink("\(Tool.products)/FakePlugin", "\(world.plugins)/rubbish") == 0)
        try world.play("rubbish", .version, ["stdout": "rubbish"])
        try world.configure("other", ["type": "rubbish"])
        try world.write("net.d/broken.conflist", "{")
    }

    private var readOnly: String { Tool.writeProtection(of: leases) }

    @Test
    func `status, doctor and repair each say their part of ten faults, and a ping goes through again`() throws
    {
        try machine.run("/usr/bin/ping -n -c 1 -w 90 10.88.0.3", in: web)
        try breakEverything()
        try expectStatusToSayAll()
        try expectDoctorToSayAll()
        try expectRepairToMendTheNetwork()
        try machine.run("/usr/bin/ping -n -c 1 -w 90 10.88.0.3", in: web)
        try machine.run("/usr/bin/ping -n -c 1 -w 90 10.88.0.1", in: web)
        try machine.run("/usr/bin/ping -n -c 1 -w 90 10.88.0.1", in: database)
        try expectTheRestToBeOthers()
    }

    /// What keeps the next container from being attached, and that the living ones are cut off.
    ///
    /// A network of one version needs no answer to VERSION: that one is rubbish only the doctor says.
    private func expectStatusToSayAll() throws {
        let status = try machine.cni(after: readOnly, "status")
        #expect(status.status == 1, "\(status)")
        for words in ["pods: not ready, 2 attachments differ", "other: ready"] {
            #expect(status.lines.contains(words), "\(words)\n\(status)")
        }
        for words in [
            "broken.conflist cannot be used", "Read-only file system",
            "2 attachments of network \"pods\" are not as the plugins made them",
            "missing: host: table inet cni_masquerade", "hint: `cni repair pods`",
        ] {
            #expect(status.errors.contains(words), "\(words)\n\(status)")
        }
        // One network's, without the folder that cannot be written.
        let pods = try machine.cni("status", "pods", "--json")
        let network = pods.json["networks"]?.array?.first
        #expect(pods.status == 1 && network?["isReady"]?.bool == true, "\(pods)")
        #expect(network?["attachments"]?.array?.map { $0["isChecked"]?.bool } == [true, true], "\(pods)")
    }

    private func expectDoctorToSayAll() throws {
        let doctor = try machine.cni(after: readOnly, "doctor", "--complete-cache", "--json")
        #expect(doctor.status == 1)
        let findings = (doctor.json["findings"]?.array ?? []).filter { $0["severity"]?.string != "ok" }
        let ids = Set(findings.compactMap { $0["id"]?.string })
        #expect(
            ids.isSuperset(of: [
                "attachment-differs", "configuration-unreadable", "plugin-not-running", "lease-left-over",
            ]), "\(doctor)")
        let differing = findings.first { $0["id"]?.string == "attachment-differs" }
        #expect(differing?["remedy"]?.string == "cni repair pods")
        #expect(differing?["title"]?.string?.hasPrefix("2 attachments") == true, "\(doctor)")
    }

    private func expectRepairToMendTheNetwork() throws {
        let rehearsal = try machine.cni(after: readOnly, "repair", "--dry-run", "--json")
        #expect(rehearsal.status == 0, "\(rehearsal)")
        let steps = (rehearsal.json["attachments"]?.array ?? []).flatMap { $0["steps"]?.strings ?? [] }
        for words in [
            "table inet cni_masquerade", "10.88.0.1/16 dev cni0", "set link cni0 up", "master cni0",
            "ip_forward", "route default via 10.88.0.1 dev eth0",
        ] {
            #expect(steps.contains { $0.contains(words) }, "\(words)\n\(rehearsal)")
        }
        let repaired = try machine.cni(after: readOnly, "repair")
        #expect(repaired.status == 0, "\(repaired)")
        for id in ["web", "db"] {
            #expect(repaired.output.contains("pods/\(id)/eth0: repaired\n"), "\(repaired)")
        }
        let again = try machine.cni(after: readOnly, "repair")
        #expect(again.status == 0 && !again.output.contains("repaired"), "\(again)")
    }

    /// What a repair of networks does not touch stays said, until somebody does something about it.
    private func expectTheRestToBeOthers() throws {
        let status = try machine.cni(after: readOnly, "status")
        #expect(status.status == 1 && !status.output.contains("differ"), "\(status)")
        #expect(status.errors.contains("Read-only file system"), "\(status)")
        let fixed = try machine.cni("doctor", "--fix", "--complete-cache")
        #expect(fixed.output.contains("fixed: 1 addresses of pods"), "\(fixed)")
        #expect(access("\(leases)/10.88.9.9", F_OK) != 0)
        for name in ["broken", "other"] {
            #expect(unlink("\(machine.world.networks)/\(name).conflist") == 0)
        }
        let healthy = try machine.cni("doctor", "--complete-cache")
        #expect(healthy.status == 0 && healthy.output.hasPrefix("all is well"), "\(healthy)")
        #expect(try machine.cni("status").output == "pods: ready\n")
    }
}
