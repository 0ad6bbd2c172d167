// SPDX-License-Identifier: Apache-2.0

import CNIPlugin
import CNITesting
import Foundation
import Glibc
import LinuxCore
import ReferencePlugins
import Synchronization
import TestSupport
import Testing

/// The plugins as programs, from where the package's build has put them.
enum Executables {
    static let folder = Bundle.module.bundleURL.deletingLastPathComponent().path()

    static func path(_ name: String) -> String { "\(folder)/\(name)" }

    /// Runs a plugin for a verb on a host; returns its exit status and output.
    static func run(
        _ name: String, _ invocation: Invocation, on network: TestNetwork, plugins: String? = nil
    ) throws -> (status: Int32, output: [UInt8]) {
        let path = path(name)
        var environment = invocation.environment.dictionary
        if environment["CNI_PATH"] != nil { environment["CNI_PATH"] = plugins ?? folder }
        if let libraries = getenv("LD_LIBRARY_PATH") {
            environment["LD_LIBRARY_PATH"] = String(cString: libraries)
        }
        let variables = environment
        return try network.run {
            try ChildProcess.run(path, environment: variables, input: invocation.input)
        }
    }
}

@Suite(
    .needsNamespaces, .needsProgram(Executables.path("bridge")), .needsProgram(Executables.path("host-local"))
)
struct ExecutableTests {
    @Test(arguments: ReferencePlugins.all.names)
    func `VERSION is answered on standard output`(name: String) throws {
        let network = try TestNetwork()
        let invocation = network.invocation(.version, ["cniVersion": "1.0.0"])
        let (status, output) = try Executables.run(name, invocation, on: network)
        #expect(status == 0)
        #expect(try JSON(parsing: output)["cniVersion"]?.string == "1.0.0")
    }

    @Test(arguments: [
        ("", 6), ("{", 6), (String(repeating: "[", count: 100_000), 6),
        (String(repeating: " ", count: 5 << 20), 6), (#"{"cniVersion":"7.0.0","name":"n","type":"x"}"#, 1),
    ])
    func `an error goes to the standard output, with exit status 1`(input: String, code: Int) throws {
        let network = try TestNetwork()
        let container = try network.container()
        for name in ReferencePlugins.all.names {
            var invocation = network.invocation(.add, .null, for: container)
            invocation.input = Array(input.utf8)
            let (status, output) = try Executables.run(name, invocation, on: network)
            #expect(status == 1)
            #expect(
                try JSON(parsing: output)["code"]?.int == code, "\(String(decoding: output, as: UTF8.self))")
        }
    }

    @Test
    func `bridge calls host-local by the protocol`() throws {
        let network = try TestNetwork()
        let container = try network.container()
        let before = try network.rest()
        let configuration = network.bridge()
        let added = try Executables.run(
            "bridge", network.invocation(.add, configuration, for: container), on: network)
        try #require(added.status == 0, "\(String(decoding: added.output, as: UTF8.self))")
        let result = try JSON(parsing: added.output)
        #expect(result["ips"]?.array?.first?["address"]?.string == "10.1.0.2/24")
        let check = configuration.with(["prevResult": result])
        #expect(
            try Executables.run("bridge", network.invocation(.check, check, for: container), on: network)
                .status == 0)
        let deleted = try Executables.run(
            "bridge", network.invocation(.delete, configuration, for: container), on: network)
        #expect(deleted.status == 0)
        let collect = configuration.with(["cni.dev/valid-attachments": []])
        #expect(try Executables.run("bridge", network.invocation(.collect, collect), on: network).status == 0)
        #expect(try difference(before, network.rest()) == "")
    }

    @Test
    func `the first container of a network with new addresses takes the former gateway's place`() throws {
        let network = try TestNetwork()
        let container = try network.container()
        let (former, new) = (network.bridge(), network.bridge(subnets: ["10.2.0.0/24", "fd02::/64"]))
        for command in [Command.add, .delete] {
            let outcome = try Executables.run(
                "bridge", network.invocation(command, former, for: container), on: network)
            #expect(outcome.status == 0, "\(String(decoding: outcome.output, as: UTF8.self))")
        }
        // The addresses come when the bridge has the container's port already: that is nobody else's.
        let added = try Executables.run("bridge", network.invocation(.add, new, for: container), on: network)
        #expect(added.status == 0, "\(String(decoding: added.output, as: UTF8.self))")
        let addresses = try network.ip("address show dev br0")
        #expect(addresses.contains("10.2.0.1/24") && !addresses.contains("10.1.0.1/24"), "\(addresses)")
    }

    @Test
    func `an IPAM plugin of another program finds the interface, and its refusal leaves nothing`() throws {
        for succeeds in [true, false] {
            let network = try TestNetwork()
            let container = try network.container()
            let before = try network.rest()
            let folder = try TemporaryFolder()
            // Answers only if the interface is there, up and without an address.
            let script = """
                #!/bin/sh
                [ "$CNI_COMMAND" = ADD ] || exit 0
                link=$(nsenter --net="$CNI_NETNS" ip -o link show "$CNI_IFNAME" up) || link=
                [ -n "$link" ] && \(succeeds) || { echo '{"code":11,"msg":"no lease"}'; exit 1; }
                echo '{"cniVersion":"1.1.0","ips":[{"address":"10.1.0.9/24","gateway":"10.1.0.1"}],"routes":[{"dst":"0.0.0.0/0"}]}'
                """
            try File.create("\(folder.path)/looking", Array(script.utf8), mode: 0o755)
            let configuration = network.bridge().with(["ipam": ["type": "looking"]])
            let added = try Executables.run(
                "bridge",
                network.invocation(
                    .add, configuration, for: container,
                    variables: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]), on: network, plugins: folder.path)
            let output = try JSON(parsing: added.output)
            if succeeds {
                try #require(added.status == 0, "\(output)")
                #expect(output["ips"]?.array?[0]["interface"]?.int == 2)
                #expect(try container.ip("route show default").contains("via 10.1.0.1"))
                #expect(try network.fault(of: container, configuration.with(["ipam": nil]), output) == nil)
            } else {
                #expect(output["code"]?.int == 11, "\(output)")
                #expect(try difference(before, network.rest()) == "")
                #expect(try !container.ip("link show").contains("eth0"))
            }
        }
    }

    @Test
    func `what a delegate says on its standard error comes out on the plugin's`() throws {
        let network = try TestNetwork()
        let container = try network.container()
        // Without an argument expr(1) complains there, and ends with 2.
        let folder = try TemporaryFolder()
        try #require(symlink("/usr/bin/expr", "\(folder.path)/complaining") == 0)
        let configuration = network.bridge().with(["ipam": ["type": "complaining"]])
        let file = "\(folder.path)/configuration"
        try File.create(file, Array(configuration.serialized().utf8), mode: 0o600)
        let words = [
            "/usr/bin/env", "CNI_COMMAND=ADD", "CNI_CONTAINERID=\(container.id)",
            "CNI_NETNS=\(container.path)",
            "CNI_IFNAME=eth0", "CNI_PATH=\(folder.path)", Executables.path("bridge"),
        ]
        let (status, output) = try network.run { Program.run(words, input: file) }
        #expect(status == 1)
        #expect(output.contains("missing operand"), "\(output)")
    }

    @Test
    func `16 processes at once neither fail nor leak nor share an address`() throws {
        let network = try TestNetwork()
        let before = try network.rest()
        let containers = try (1...16).map { _ in try network.container() }
        let configuration = network.bridge()
        func all(_ command: Command) -> [(status: Int32, output: [UInt8])] {
            let outcomes = Mutex<[(status: Int32, output: [UInt8])]>([])
            let threads = containers.map { container in
                let invocation = network.invocation(command, configuration, for: container)
                return BlockingThread {
                    let outcome = (try? Executables.run("bridge", invocation, on: network)) ?? (-1, [])
                    outcomes.withLock { $0.append(outcome) }
                }
            }
            for thread in threads { thread.join() }
            return outcomes.withLock { $0 }
        }
        var addresses: Set<String> = []
        for outcome in all(.add) {
            try #require(outcome.status == 0, "\(String(decoding: outcome.output, as: UTF8.self))")
            for ip in try JSON(parsing: outcome.output)["ips"]?.array ?? [] {
                addresses.insert(ip["address"]?.string ?? "")
            }
        }
        #expect(addresses.count == 32)
        for outcome in all(.delete) { #expect(outcome.status == 0) }
        let collect = configuration.with(["cni.dev/valid-attachments": []])
        #expect(try Executables.run("bridge", network.invocation(.collect, collect), on: network).status == 0)
        #expect(try difference(before, network.rest()) == "")
    }
}
