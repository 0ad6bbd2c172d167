// SPDX-License-Identifier: Apache-2.0

import CNITesting
import CNITypes
import Glibc
import LinuxCore
import Namespaces
import Netlink
import TestSupport
import Testing

extension Trait where Self == ConditionTrait {
    /// Skips a test that runs the tool in a mount namespace of its own.
    static var needsMounts: Self {
        .enabled("needs CAP_SYS_ADMIN, /usr/bin/unshare and /usr/bin/mount") {
            let programs = ["/usr/bin/unshare", "/usr/bin/mount"]
            return geteuid() == 0 && programs.allSatisfy { access($0, X_OK) == 0 }
        }
    }
}

extension Tool {
    /// Starts a program where a command line has changed what is mounted.
    static func start(
        _ program: String, _ words: [String], after mounting: String, _ environment: [String: String],
        input: String = ""
    ) throws -> Process {
        let script = "set -e; \(mounting); exec \"$@\""
        let all = ["-m", "--propagation", "private", "sh", "-c", script, "sh", program] + words
        return try start(all, environment, input: input, program: "/usr/bin/unshare")
    }

    /// A command line after which a folder cannot be written.
    static func writeProtection(of folder: String) -> String {
        "mount --bind \(folder) \(folder); mount -o remount,bind,ro \(folder)"
    }
}

extension Machine {
    /// Runs the tool where a command line has changed what is mounted.
    func cni(after mounting: String, _ words: String...) throws -> Tool.Outcome {
        var words = world.words(words)
        if words.first == "doctor" { words += ["--leases-dir", network.dataDir.path] }
        return try network.run {
            try Tool.start(Tool.path, words, after: mounting, world.environment())
        }.wait()
    }
}

@Suite(.needsTool, .needsNamespaces, .needsPlugins, .needsMounts, .needsAllProcesses)
struct MountTests {
    @Test(arguments: ["absent", "a file"])
    func `a container whose path is not visible from here is listed as living, and nobody cuts it off`(
        how: String
    ) throws {
        let machine = try Machine()
        let (container, _) = try machine.container("web")
        let folder = "\(machine.world.folder.path)/netns"
        try Directory.create(folder)
        #expect(symlink(container.path, "\(folder)/web") == 0)
        try #require(try machine.cni("add", "pods", "\(folder)/web", "--container-id", "web").status == 0)
        let (host, inside) = try (machine.network.snapshot(), container.snapshot())
        let hiding = "mount -t tmpfs none \(folder)" + (how == "absent" ? "" : "; touch \(folder)/web")
        let reason = "the path is not visible from here; the container's interface exists"

        let listed = try machine.cni(after: hiding, "list")
        #expect(listed.output.contains("\(folder)/web (exists: \(reason))"), "\(listed)")
        let attachment = try machine.cni(after: hiding, "list", "--json").json["attachments"]?.array?.first
        #expect(attachment?["namespaceExists"]?.bool == true)
        #expect(attachment?["namespaceNote"]?.string == reason)
        let doctor = try machine.cni(after: hiding, "doctor", "--fix", "--complete-cache")
        #expect(doctor.status == 0 && !doctor.output.contains("left-over"), "\(doctor)")
        let collected = try machine.cni(after: hiding, "gc")
        #expect(
            collected.output == "pods: 0 removed, 1 kept\n  kept pods/web/eth0 (exists: \(reason))\n",
            "\(collected)")
        #expect(try machine.network.snapshot() == host)
        #expect(try container.snapshot() == inside)
        #expect(try machine.cni("check", "pods", "\(folder)/web", "--container-id", "web").status == 0)
    }

    @Test func `what is attached is checked, detached and collected where the cache cannot be written`()
        throws
    {
        let machine = try Machine()
        let before = try machine.network.rest()
        let cache = machine.world.cache
        let readOnly = Tool.writeProtection(of: cache)
        try Directory.create(cache)
        let (_, path) = try machine.container("web")
        let refused = try machine.cni(after: readOnly, "add", "pods", path, "--container-id", "web")
        #expect(refused.status == 1 && refused.errors.contains(cache), "\(refused)")
        #expect(try machine.network.rest() == before)

        try #require(try machine.cni("add", "pods", path, "--container-id", "web").status == 0)
        let check = try machine.cni(after: readOnly, "check", "pods", path, "--container-id", "web")
        #expect(check.status == 0, "\(check)")
        let collected = try machine.cni(after: readOnly, "gc")
        #expect(collected.status == 0, "\(collected)")
        let deleted = try machine.cni(after: readOnly, "del", "pods", path, "--container-id", "web")
        #expect(deleted.status == 1 && deleted.errors.contains("cannot remove the result"), "\(deleted)")
        #expect(try !machine.network.rest().contains("pods/web/eth0"))
        let all = try machine.cni(after: readOnly, "gc", "--all")
        #expect(all.status == 1 && all.errors.contains("Read-only file system"), "\(all)")
        #expect(try machine.cni("gc", "--all").status == 0)
        #expect(try machine.network.rest() == before)
    }

    @Test func `the doctor sees what others have taken from a living container`() throws {
        let machine = try Machine()
        let (_, path) = try machine.container("web")
        try #require(try machine.cni("add", "pods", path, "--container-id", "web").status == 0)
        func complaint() throws -> String? {
            let findings = try machine.cni("doctor", "--json").json["findings"]?.array ?? []
            let found = findings.first { $0["id"]?.string == "attachment-differs" }
            return found?["severity"]?.string == "problem" ? found?["explanation"]?.string : nil
        }
        #expect(try complaint() == nil)
        let socket = try NFTablesSocket(in: machine.network.host)
        for table in try socket.tables() { try socket.perform { $0.delete(table.name) } }
        #expect(try complaint()?.contains("pods/web/eth0 is not as it should be: ") == true)
        #expect(try complaint()?.contains("cni_masquerade") == true)
        let routing = try RoutingSocket(in: machine.network.host)
        try routing.perform { $0.setLink(.name("cni0"), LinkAttributes(isUp: false)) }
        #expect(try complaint()?.contains("cni0") == true)
        #expect(try machine.cni("doctor").status == 1)
    }

    @Test func `those who cannot write the cache work one after the other, too`() throws {
        let world = try World("a")
        try world.configure("net", ["type": "a"])
        for id in ["one", "two", "three"] {
            let added = try world.cni("add", "net", ownNamespace, "--container-id", id)
            try #require(added.status == 0, "\(added)")
        }
        try world.play("a", .delete, ["sleep": 200])
        let readOnly = Tool.writeProtection(of: world.cache)
        let processes = try ["one", "two", "three"].map { id in
            let words = world.words(["del", "net", ownNamespace, "--container-id", id])
            return try Tool.start(Tool.path, words, after: readOnly, world.environment())
        }
        for process in processes { #expect(try process.wait().status == 1) }
        let events = try world.content("script/log").split(separator: UInt8(ascii: "\n"))
            .map { try JSON(parsing: Array($0)) }.filter { $0["command"]?.string == "DEL" }
            .compactMap { $0["event"]?.string }
        #expect(events == ["begin", "end", "begin", "end", "begin", "end"])
        #expect(try world.cni("gc", "--all").output.hasPrefix("net: 3 removed"))
    }

    @Test func `host-local believes no identifier of the boot that is mounted over the kernel's`() throws {
        let world = try World()
        try world.write("net/10.1.0.5", "static-vm\r\neth0")
        let configuration: JSON = [
            "cniVersion": "1.0.0", "name": "net", "type": "host-local",
            "ipam": ["type": "host-local", "subnet": "10.1.0.0/24", "dataDir": .string(world.folder.path)],
        ]
        func add(_ container: String, boot: String? = nil) throws {
            let environment = world.environment([
                "CNI_COMMAND": "ADD", "CNI_CONTAINERID": container, "CNI_NETNS": "/nowhere",
                "CNI_IFNAME": "eth0",
            ])
            try world.write("boot", boot ?? "")
            let mounting =
                boot == nil ? ":" : "mount --bind \(world.folder.path)/boot /proc/sys/kernel/random/boot_id"
            let outcome = try Tool.start(
                "\(Tool.products)/host-local", [], after: mounting, environment,
                input: configuration.serialized()
            ).wait()
            #expect(outcome.status == 0, "\(outcome)")
        }
        try add("kernels")
        try add("first", boot: "aaaaaaaa-0000-4000-8000-000000000001")
        try add("second", boot: "bbbbbbbb-0000-4000-8000-000000000002")
        try add("third", boot: "")
        try add("kernels-too")
        let leases = try Directory.names(in: "\(world.folder.path)/net").filter { $0.hasPrefix("10.") }
        #expect(leases == (2...7).map { "10.1.0.\($0)" })
        let index = "\(world.folder.path)/.attachments/net"
        let lines = try Directory.names(in: index).filter { $0 != "stamp" }
            .map { try String(decoding: File.read("\(index)/\($0)"), as: UTF8.self) }
        #expect(lines.count == 6 && !lines.contains { $0.contains("0000-4000") })
    }
}
