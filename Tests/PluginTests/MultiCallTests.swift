// SPDX-License-Identifier: Apache-2.0

import BridgePlugin
import CNIPlugin
import CNITesting
import Glibc
import HostLocalPlugin
import LinuxCore
import LoopbackPlugin
import ReferencePlugins
import TestSupport
import Testing

@Suite struct SiblingTests {
    @Test(arguments: [
        ("bridge", "bridge"), ("cnv-bridge", "bridge"), ("a-b-host-local", "host-local"),
        ("x-bridge-static", "static"), ("host-local", "host-local"), ("cnvbridge", nil), ("bridge-2", nil),
        ("bridge.bak", nil), ("local", nil), ("", nil), ("-", nil), ("cni-plugins", nil),
    ])
    func `a file is a plugin by its name, or by the end of it behind a hyphen`(file: String, name: String?) {
        #expect(ReferencePlugins.all.plugin(ofFile: file)?.name == name)
    }

    @Test func `of two plugins that end a file's name the longer one is meant`() {
        var siblings = Siblings()
        siblings.add(Loopback.self)
        siblings.add(Local.self)
        siblings.add(HostLocalPlugin.self)
        #expect(siblings.plugin(ofFile: "my-host-local")?.name == "host-local")
        #expect(siblings.plugin(ofFile: "my-local")?.name == "local")
    }

    @Test func `every plugin says its keys, and takes its own examples`() {
        for plugin in ReferencePlugins.all.all { #expect(plugin.keys != nil, "\(plugin.name)") }
        #expect(
            ReferencePlugins.all.names == [
                "bandwidth", "bridge", "dhcp", "dummy", "firewall", "flannel", "host-device", "host-local",
                "ipvlan", "loopback", "macvlan", "portmap", "ptp", "sbr", "static", "tap", "tuning", "vlan",
                "vpc-eni", "vrf", "vxlan",
            ])
    }

    private struct Local: Plugin {
        static let name = "local"

        init() {}

        static func configuration(from document: JSON) throws(CNIError) {}
        func add(_ request: Request<Void>) throws(CNIError) -> CNIResult { CNIResult() }
        func check(_ request: Request<Void>) throws(CNIError) {}
        func delete(_ request: Request<Void>) throws(CNIError) {}
    }
}

@Suite(.needsNamespaces, .needsProgram(Executables.path("cni-plugins")))
struct MultiCallTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        let content = try File.read(Executables.path("cni-plugins"), limit: 1 << 28)
        try File.create("\(folder.path)/cnv-bridge", content, mode: 0o755)
        #expect(link("\(folder.path)/cnv-bridge", "\(folder.path)/cnv-host-local") == 0)
        #expect(symlink("\(folder.path)/cnv-bridge", "\(folder.path)/other") == 0)
        #expect(link("\(folder.path)/cnv-bridge", "\(folder.path)/unnamed") == 0)
    }

    private func run(
        _ file: String, _ command: Command, _ configuration: JSON, _ container: TestContainer,
        _ network: TestNetwork
    ) throws -> (status: Int32, output: String) {
        var environment = network.invocation(command, .null, for: container).environment.dictionary
        environment["CNI_PATH"] = folder.path
        if let libraries = getenv("LD_LIBRARY_PATH") {
            environment["LD_LIBRARY_PATH"] = String(cString: libraries)
        }
        let variables = environment
        let path = "\(folder.path)/\(file)"
        return try network.run {
            let child = try ChildProcess.run(
                path, environment: variables, input: Array(configuration.serialized().utf8))
            return (child.status, String(decoding: child.output, as: UTF8.self))
        }
    }

    @Test func `the file installs itself under every plugin's name, and leaves other files alone`() throws {
        let installation = "\(folder.path)/new/bin"
        try Directory.create(installation)
        try File.create("\(installation)/bridge", Array("the former".utf8), mode: 0o755)
        try File.create("\(installation)/weave", Array("another's".utf8), mode: 0o755)
        for _ in 1...2 {
            let child = Program.run(["\(folder.path)/unnamed", "--install", installation])
            #expect(child.status == 0, "\(child.output)")
        }
        let names = ReferencePlugins.all.names
        #expect(try Directory.names(in: installation) == (names + ["weave"]).sorted())
        #expect(try File.read("\(installation)/weave") == Array("another's".utf8))
        let identities = try names.map { try FileStatus(of: "\(installation)/\($0)").identity }
        #expect(identities.allSatisfy { $0 == identities.first }, "one file under all names")
        #expect(
            try File.read("\(installation)/bridge", limit: 1 << 28)
                == File.read(Executables.path("cni-plugins"), limit: 1 << 28))
    }

    @Test func `it installs itself under the names that are wanted, and under no other`() throws {
        let installation = "\(folder.path)/some/bin"
        try Directory.create(installation)
        try File.create("\(installation)/bridge", Array("another's".utf8), mode: 0o755)
        let child = Program.run(
            ["\(folder.path)/unnamed", "--install", installation, "vpc-eni", "static"])
        #expect(child.status == 0, "\(child.output)")
        #expect(child.output == "\(installation): vpc-eni static\n")
        #expect(try Directory.names(in: installation) == ["bridge", "static", "vpc-eni"])
        #expect(try File.read("\(installation)/bridge") == Array("another's".utf8))
        let wrong = Program.run(["\(folder.path)/unnamed", "--install", installation, "vpc-enl"])
        #expect(wrong.status == 2)
        #expect(wrong.output.hasPrefix("vpc-enl is none of the plugins: "), "\(wrong.output)")
    }

    @Test func `help names the options and the plugins`() throws {
        let asked = Program.run(["\(folder.path)/unnamed", "--help"])
        #expect(asked.status == 0)
        for word in ["--list", "--install FOLDER [PLUGIN...]", "bridge, dhcp"] {
            #expect(asked.output.contains(word), "\(asked.output)")
        }
        #expect(Program.run(["\(folder.path)/unnamed"]).status == 2)
    }

    @Test func `a folder that cannot be written is one sentence`() throws {
        let child = Program.run(["\(folder.path)/unnamed", "--install", "\(folder.path)/unnamed/bin"])
        #expect(child.status == 1)
        #expect(
            child.output.hasPrefix("cannot install the plugins: mkdir \(folder.path)/unnamed/bin"),
            "\(child.output)")
        #expect(child.output.filter { $0 == "\n" }.count == 1)
    }

    @Test(arguments: ["cnv-bridge", "other"])
    func `a copy is the plugin that its name ends with, and so is a symbolic link to it`(file: String) throws
    {
        let network = try TestNetwork()
        let container = try network.container()
        let before = try network.rest()
        var configuration = network.bridge()
        configuration["type"] = .string(file)
        configuration["ipam"]?["type"] = "cnv-host-local"
        let added = try run(file, .add, configuration, container, network)
        try #require(added.status == 0, "\(added)")
        #expect(try JSON(parsing: added.output)["ips"]?.array?.first?["address"]?.string == "10.1.0.2/24")
        #expect(try network.snapshot().contains("br0"))
        let deleted = try run(file, .delete, configuration, container, network)
        #expect(deleted.status == 0, "\(deleted)")
        #expect(try difference(before, network.rest(after: network.bridge().with(["ipam": nil]))) == "")
    }

    @Test func `under a name that is no plugin's nothing is done, whatever the configuration says`() throws {
        let network = try TestNetwork()
        let container = try network.container()
        let before = try (network.snapshot(), container.snapshot())
        let (status, output) = try run("unnamed", .add, network.bridge(), container, network)
        #expect(status == 2)
        #expect(output == "")
        #expect(try network.snapshot() == before.0)
        #expect(try container.snapshot() == before.1)
    }

    @Test func `it lists the plugins in it`() throws {
        let (status, output) = Program.run([Executables.path("cni-plugins"), "--list"])
        #expect(status == 0)
        #expect(output.split(separator: "\n").map(String.init) == ReferencePlugins.all.names)
    }
}
