// SPDX-License-Identifier: Apache-2.0

import BridgePlugin
import CNIPlugin
import CNITesting
import Foundation
import HostLocalPlugin
import LoopbackPlugin
import TestSupport
import Testing

/// The calls of a container runtime in their order, each in a file: `environment`, `stdin` and what is expected.
struct RuntimeCalls: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let calls: [(name: String, call: JSON)]

    static let all: [RuntimeCalls] = {
        guard let folder = Bundle.module.resourceURL?.appending(path: "Fixtures/RuntimeCalls") else {
            return []
        }
        return names(in: folder).flatMap { runtime in
            names(in: folder.appending(path: runtime)).map { group in
                RuntimeCalls("\(runtime)/\(group)", folder.appending(path: "\(runtime)/\(group)"))
            }
        }
    }()

    private static func names(in folder: URL) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path())) ?? []).sorted()
    }

    private init(_ name: String, _ folder: URL) {
        testDescription = name
        calls = Self.names(in: folder).compactMap { file in
            guard let data = try? Data(contentsOf: folder.appending(path: file)) else { return nil }
            return (file, (try? JSON(parsing: Array(data))) ?? .null)
        }
    }
}

@Suite(.needsNamespaces)
struct RuntimeCallTests {
    @Test func `there are calls of every runtime`() {
        #expect(RuntimeCalls.all.count == 20)
        #expect(RuntimeCalls.all.allSatisfy { !$0.calls.isEmpty })
    }

    @Test(arguments: RuntimeCalls.all)
    func `a runtime's calls succeed in their order, and nothing is left`(runtime: RuntimeCalls) throws {
        let network = try TestNetwork(siblings: .ipam)
        let before = try network.rest()
        var containers: [String: TestContainer] = [:]
        var results: [String: JSON] = [:]
        var attached: Set<String> = []
        var networks: [JSON] = []
        for (name, call) in runtime.calls {
            var environment: [String: String] = [:]
            for variable in try #require(call["environment"]?.object, "\(name)") {
                environment[variable.key] = variable.value.string
            }
            let verb = environment["CNI_COMMAND"] ?? ""
            let id = environment["CNI_CONTAINERID"] ?? ""
            if !id.isEmpty {
                let container = try containers[id] ?? network.container(id)
                containers[id] = container
                if environment["CNI_NETNS"] != "" { environment["CNI_NETNS"] = container.path }
            }
            let key = "\(id)/\(environment["CNI_IFNAME"] ?? "")/\(call["plugin"]?.string ?? "")"
            var input = try #require(call["stdin"])
            if let ipam = input["ipam"] {
                input = input.with(["ipam": ipam.with(["dataDir": .string(network.dataDir.path)])])
            }
            // `of ADD` stands for what the runtime had in its cache.
            if input["prevResult"] != nil { input = input.with(["prevResult": results[key]]) }
            let outcome = try respond(to: call, environment, input, network)
            #expect(JSON(outcome.status) == call["expect"]?["status"], "\(name)\n\(outcome)")
            if verb == "ADD" {
                #expect(outcome.output?["cniVersion"] == call["expect"]?["cniVersion"], "\(name)\n\(outcome)")
                #expect(outcome.output?["ips"]?.array?.count == call["expect"]?["addresses"]?.int, "\(name)")
                if call["plugin"]?.string == "bridge", outcome.status == 0 { networks.append(input) }
                results[key] = outcome.output
                attached.insert(key)
            }
            if verb == "DEL" { attached.remove(key) }
        }
        if attached.isEmpty {
            for configuration in networks {
                let error = try network.collectAll(configuration)
                #expect(error == nil)
            }
            #expect(try difference(before, network.rest()) == "")
        }
    }

    private func respond(
        to call: JSON, _ environment: [String: String], _ input: JSON, _ network: TestNetwork
    ) throws -> Outcome {
        var invocation = network.invocation(.version, input)
        invocation.environment = EnvironmentVariables(environment)
        invocation.environment["CNI_PATH"] = "\(network.dataDir.path)/no-plugins-here"
        invocation.environment["SWIFT_CNI_RECORDS"] = "\(network.dataDir.path)/records"
        let (final, plugin) = (invocation, call["plugin"]?.string)
        return try network.run {
            switch plugin {
            case "bridge": Bridge.respond(to: final)
            case "loopback": Loopback.respond(to: final)
            default: HostLocalPlugin.respond(to: final)
            }
        }
    }
}
