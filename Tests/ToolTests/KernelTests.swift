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
    /// Skips a test that calls plugins of this package.
    static var needsPlugins: Self {
        .needsProgram("\(Tool.products)/bridge", "\(Tool.products)/host-local")
    }
}

extension TestNetwork {
    /// What an attachment must not leave behind: everything but forwarding, which stays on for others.
    func rest() throws -> String {
        try snapshot().split(separator: "\n").filter { line in
            !line.hasPrefix("sysctl ") || !line.contains("forward") && !line.contains("/accept_redirects=")
        }
        .joined(separator: "\n")
    }
}

/// A throw-away machine with the bridge plugin, on which the tool is run.
final class Machine {
    let network: TestNetwork
    let world: World
    private var containers: [String: TestContainer] = [:]

    init() throws {
        network = try TestNetwork()
        world = try World()
        for name in ["bridge", "host-local"] {
            #expect(symlink("\(Tool.products)/\(name)", "\(world.plugins)/\(name)") == 0)
        }
        try world.configure(
            "pods",
            [
                "type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": true,
                "ipam": [
                    "type": "host-local", "dataDir": .string(network.dataDir.path),
                    "ranges": [[["subnet": "10.88.0.0/16"]]], "routes": [["dst": "0.0.0.0/0"]],
                ],
            ])
    }

    /// A container with a path that nobody else gets when it is gone, which numbers of descriptors are.
    func container(_ name: String) throws -> (container: TestContainer, path: String) {
        let container = try network.container(name)
        containers[name] = container
        let path = "\(world.folder.path)/\(name)"
        #expect(symlink(container.path, path) == 0)
        return (container, path)
    }

    /// Ends a container.
    func end(_ name: String) {
        #expect(unlink("\(world.folder.path)/\(name)") == 0)
        containers.removeValue(forKey: name)?.close()
    }

    /// Runs `cni` on the machine.
    func cni(_ words: String..., environment: [String: String] = [:]) throws -> Tool.Outcome {
        try cni(words, environment)
    }

    func cni(_ words: [String], _ environment: [String: String]) throws -> Tool.Outcome {
        var words = world.words(words)
        if words.first == "doctor" { words += ["--leases-dir", network.dataDir.path] }
        return try network.run { try Tool.start(words, world.environment(environment)) }.wait()
    }
}

@Suite(.needsTool, .needsNamespaces, .needsPlugins)
struct KernelTests {
    @Test
    func `a container is attached, checked, listed, drawn and detached`() throws {
        let machine = try Machine()
        let (container, path) = try machine.container("web")
        let before = try machine.network.rest()
        let inside = try container.snapshot()
        let added = try machine.cni("add", "pods", path, "--container-id", "web")
        try #require(added.status == 0, "\(added)")
        #expect(added.json["ips"]?.array?.first?["address"]?.string == "10.88.0.2/16")
        #expect(try machine.cni("check", "pods", path, "--container-id", "web").status == 0)
        let listed = try machine.cni("list", "--json").json["attachments"]?.array?.first
        #expect(listed?["addresses"]?.strings == ["10.88.0.2/16"])
        #expect(listed?["namespaceExists"]?.bool == true)
        let shown = try machine.cni("show", "web").output
        #expect(shown.contains("  address       10.88.0.2/16, on eth0, gateway 10.88.0.1\n"), "\(shown)")
        let drawn = try machine.cni("draw", "--ascii").output
        for word in ["bridge cni0", " web ", "eth0", "10.88.0.2/16"] {
            #expect(drawn.contains(word), "\(drawn)")
        }

        let routing = try RoutingSocket(in: container.namespace())
        try routing.perform { $0.setLink(.name("eth0"), LinkAttributes(isUp: false)) }
        let check = try machine.cni("check", "pods", path, "--container-id", "web")
        #expect(check.status == 1)
        #expect(check.errors.contains("plugin \"bridge\""), "\(check)")

        #expect(try machine.cni("del", "pods", path, "--container-id", "web").status == 0)
        // What attachments share stays until a GC finds that there are none.
        #expect(try machine.network.rest().contains("link cni0"))
        #expect(try machine.cni("gc").status == 0)
        #expect(try machine.network.rest() == before)
        #expect(try container.snapshot() == inside)
        #expect(try machine.cni("list", "--json").json["attachments"] == [])
    }

    @Test
    func `a plan lists what would be done and does none of it`() throws {
        let machine = try Machine()
        let (_, path) = try machine.container("web")
        #expect(symlink("\(Tool.products)/FakePlugin", "\(machine.world.plugins)/other") == 0)
        let list = try JSON(parsing: machine.world.content("net.d/pods.conflist"))
        let bridge = try #require(list["plugins"]?.array?.first)
        try machine.world.configure("pods", bridge, ["type": "other"])
        let before = try (machine.network.snapshot(), machine.network.dataDir.files { _ in true })
        let attach = try machine.cni("plan", "add", "pods", path, "--container-id", "web")
        try #require(attach.status == 0, "\(attach)")
        for line in [
            "  host-local: lease 10.88.0.2", "  host: create link cni0 type bridge",
            "  ? another program: what it would do is unknown", "Nothing has been changed.",
        ] {
            #expect(attach.lines.contains(line), "\(attach)")
        }
        #expect(try machine.network.snapshot() == before.0)
        #expect(machine.network.dataDir.files { _ in true } == before.1)
        #expect(try machine.world.story() == [])
        #expect(try machine.cni("list", "--json").json["attachments"] == [])

        #expect(try machine.cni("add", "pods", path, "--container-id", "web").status == 0)
        let attached = try machine.network.snapshot()
        let again = try machine.cni("plan", "add", "pods", path, "--container-id", "web")
        #expect(again.status == 1 && again.errors.contains("is attached already"), "\(again)")
        let detach = try machine.cni("plan", "del", "pods", path, "--container-id", "web", "--json")
        #expect(detach.json["plugins"]?.array?.map { $0["isKnown"]?.bool } == [false, true])
        let steps = detach.json["plugins"]?.array?.last?["steps"]?.strings ?? []
        #expect(steps.contains { $0.hasPrefix("host: remove link veth") }, "\(detach)")
        #expect(steps.last == "host-local: release 10.88.0.2", "\(detach)")
        #expect(try machine.network.snapshot() == attached)
        #expect(try machine.cni("del", "pods", path, "--container-id", "web").status == 0)
    }

    @Test
    func `GC removes what is left of a container that is gone, and nothing else`() throws {
        let machine = try Machine()
        let before = try machine.network.rest()
        let (_, stays) = try machine.container("stays")
        let (_, goes) = try machine.container("goes")
        #expect(try machine.cni("add", "pods", stays, "--container-id", "stays").status == 0)
        let one = try machine.network.snapshot()
        #expect(try machine.cni("add", "pods", goes, "--container-id", "goes").status == 0)
        #expect(try machine.network.snapshot() != one)
        machine.end("goes")
        // The kernel takes the links of a namespace that is gone a moment later, and until then it might live.
        try wait(for: "the namespace to end") { try machine.cni("list").output.contains(" (gone)\n") }
        #expect(try machine.cni("gc").output == "pods: 1 removed, 1 kept\n  removed pods/goes/eth0\n")
        #expect(try machine.network.snapshot() == one)
        #expect(try machine.cni("check", "pods", stays, "--container-id", "stays").status == 0)
        #expect(try machine.cni("gc", "--all").status == 0)
        #expect(try machine.network.rest() == before)
    }

    @Test
    func `GC removes what attachments have shared, of a network as podman writes it, too`() throws {
        let machine = try Machine()
        let list = try JSON(parsing: machine.world.content("net.d/pods.conflist"))
        let bridge = try #require(list["plugins"]?.array?.first)
        try machine.world.configure("pods", bridge, version: "0.4.0")
        let before = try machine.network.rest()
        let (_, stays) = try machine.container("stays")
        #expect(try machine.cni("add", "pods", stays, "--container-id", "stays").status == 0)
        let one = try machine.network.snapshot()
        let first = try machine.cni("gc", "--older-versions").output
        #expect(first.hasPrefix("pods: 0 removed, 1 kept\n"), "\(first)")
        #expect(first.hasSuffix("which the network does not name: bridge\n"), "\(first)")
        #expect(try machine.network.snapshot() == one)
        #expect(try machine.cni("del", "pods", stays, "--container-id", "stays").status == 0)
        #expect(try machine.network.rest().contains("link cni0"))
        #expect(try machine.cni("gc").status == 0)
        #expect(try machine.network.rest().contains("link cni0"))
        #expect(try machine.cni("gc", "--older-versions").status == 0)
        #expect(try machine.network.rest() == before)
    }

    @Test
    func `the doctor finds what is broken, mends it, and ends with 1 only for problems`() throws {
        let machine = try Machine()
        let (_, path) = try machine.container("web")
        #expect(try machine.cni("add", "pods", path).status == 0)
        let healthy = try machine.cni("doctor")
        #expect(healthy.status == 0, "\(healthy)")
        #expect(healthy.output.contains("examinations found nothing\n"), "\(healthy)")
        try machine.network.run { try File.write("0", into: "/proc/sys/net/ipv4/ip_forward") }

        let sick = try machine.cni("doctor")
        #expect(sick.status == 1, "\(sick)")
        #expect(sick.lines.first == "Problems")
        #expect(sick.output.contains("[forwarding-ipv4]"))
        #expect(sick.output.contains("\n    * $ sysctl -w net/ipv4/ip_forward=1\n"), "\(sick)")
        #expect(sick.output.hasSuffix("`cni doctor --fix` does what is marked with *\n"), "\(sick)")
        let json = try machine.cni("doctor", "--json")
        #expect(json.status == 1)
        // The plugin finds it, too.
        let problems = json.json["findings"]?.array?.filter { $0["severity"]?.string == "problem" }
        #expect(problems?.map { $0["id"]?.string } == ["forwarding-ipv4", "attachment-differs"])
        #expect(json.json["repairs"] == nil)

        let mended = try machine.cni("doctor", "--fix")
        #expect(mended.status == 0, "\(mended)")
        #expect(mended.lines.first?.hasPrefix("fixed: ") == true, "\(mended)")
        #expect(try machine.cni("doctor", "--fix", "--json").json["repairs"] == [])
        #expect(try machine.cni("doctor", "--verbose").output.contains("In order\n"))
    }

    @Test
    func `the doctor knows from the cache what is left over`() throws {
        let machine = try Machine()
        let (_, path) = try machine.container("web")
        #expect(try machine.cni("add", "pods", path, "--container-id", "web").status == 0)
        machine.end("web")
        func isLeftOver() throws -> Bool {
            let findings = try machine.cni("doctor", "--json").json["findings"]?.array ?? []
            return findings.contains {
                $0["id"]?.string == "masquerade-left-over" && $0["severity"]?.string == "warning"
            }
        }
        // The kernel takes the links of a namespace that is gone a moment later, and until then it might live.
        try wait(for: "the namespace to end", until: isLeftOver)
        #expect(try machine.cni("doctor", "--fix").status == 0)
        #expect(try !isLeftOver())
    }
}
