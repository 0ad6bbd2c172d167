// SPDX-License-Identifier: Apache-2.0

import BridgePlugin
import CNIPlugin
import CNITesting
import Glibc
import HostLocalPlugin
import LinuxCore
import LoopbackPlugin
import TestSupport
import Testing

@Suite(.needsNamespaces)
struct PlanProtocolTests {
    /// A request by the protocol.
    private func question(
        _ network: TestNetwork, _ command: String, planning verb: String?, _ container: TestContainer,
        _ configuration: JSON
    ) -> Invocation {
        var invocation = network.invocation(.add, configuration, for: container)
        invocation.environment["CNI_COMMAND"] = command
        invocation.environment[PlanProtocol.variable] = verb
        return invocation
    }

    @Test func `VERSION says that the plugin plans, to who asks for that and to nobody else`() throws {
        let network = try TestNetwork()
        let container = try network.container()
        func answer(_ verb: String?) -> JSON {
            Bridge.respond(to: question(network, "VERSION", planning: verb, container, network.bridge()))
                .output
                ?? .null
        }
        #expect(answer(nil).object?.keys.sorted() == ["cniVersion", "supportedVersions"])
        #expect(PlanProtocol.allows(.add, in: answer("ADD")))
        #expect(PlanProtocol.allows(.delete, in: answer("ADD")))
        #expect(PlanProtocol.allows(.check, in: answer("ADD")))
        #expect(!PlanProtocol.allows(.collect, in: answer("ADD")))
        #expect(!PlanProtocol.allows(.add, in: answer(nil)))
    }

    @Test func `PLAN answers with the plan and changes nothing`() throws {
        let network = try TestNetwork(siblings: .ipam)
        let container = try network.container()
        let before = try (network.snapshot(), container.snapshot(), network.dataDir.files { _ in true })
        let invocation = question(network, "PLAN", planning: "ADD", container, network.bridge())
        let outcome = try network.run { Bridge.respond(to: invocation) }
        try #require(outcome.status == 0, "\(outcome)")
        let plan = try Plan(json: #require(outcome.output), version: .current)
        #expect(plan.steps.contains("host: create link br0 type bridge"))
        #expect(plan.result?.ips.first?.address.description == "10.1.0.2/24")
        #expect(try network.snapshot() == before.0)
        #expect(try container.snapshot() == before.1)
        #expect(network.dataDir.files { _ in true } == before.2)
    }

    @Test(arguments: [
        (nil, CNIError.Code.invalidEnvironment), ("", .invalidEnvironment), ("GC", .invalidEnvironment),
        // What a repair would do: it needs the result of ADD.
        ("CHECK", .invalidConfiguration),
        ("PLAN", .invalidEnvironment),
    ])
    func `PLAN of another verb, or of none, is refused`(verb: String?, code: CNIError.Code) throws {
        let network = try TestNetwork(siblings: .ipam)
        let container = try network.container()
        let invocation = question(network, "PLAN", planning: verb, container, network.bridge())
        let outcome = try network.run { Bridge.respond(to: invocation) }
        #expect(outcome.output.flatMap { CNIError(json: $0) }?.code == code)
    }

    @Test(.needsProgram(Executables.path("host-local")))
    func `an IPAM plugin of ours in another file is asked`() throws {
        let network = try TestNetwork()
        let container = try network.container()
        var invocation = network.invocation(.add, network.bridge(), for: container)
        invocation.environment["CNI_PATH"] = Executables.folder
        if let libraries = getenv("LD_LIBRARY_PATH") {
            invocation.environment["LD_LIBRARY_PATH"] = String(cString: libraries)
        }
        let asked = invocation
        let plan = try network.run { try Bridge.plan(for: asked) }
        #expect(plan.steps.prefix(2) == ["host-local: lease 10.1.0.2", "host-local: lease fd01::2"])
        #expect(network.dataDir.files { _ in true } == [])
    }

    /// A plugin of somebody else's, which writes down the verbs it is called with; for ADD it would act.
    private func foreign(answering version: String, in folder: TemporaryFolder) throws {
        let script = """
            #!/bin/sh
            echo "$CNI_COMMAND" >>"\(folder.path)/verbs"
            case $CNI_COMMAND in
            VERSION) echo '\(version)' ;;
            ADD) touch "\(folder.path)/acted" ;;
            *) echo '{"code": 4, "msg": "unknown CNI_COMMAND"}'; exit 1 ;;
            esac
            """
        try File.create("\(folder.path)/foreign", Array(script.utf8), mode: 0o755)
    }

    @Test func `an IPAM plugin that does not know the protocol is asked for its version and nothing more`()
        throws
    {
        let network = try TestNetwork()
        let container = try network.container()
        let folder = try TemporaryFolder()
        try foreign(answering: #"{"cniVersion":"1.1.0","supportedVersions":["1.1.0"]}"#, in: folder)
        let configuration = network.bridge().with(["ipam": ["type": "foreign"]])
        let invocation = network.invocation(
            .add, configuration, for: container, variables: ["CNI_PATH": folder.path])
        let error = #expect(throws: CNIError.self) {
            try network.run { try Bridge.plan(for: invocation) }
        }
        #expect(error?.code == CNIError.cannotPlan)
        #expect(String(decoding: try File.read("\(folder.path)/verbs"), as: UTF8.self) == "VERSION\n")
    }

    @Test func `one that only says that it plans is never called with a verb that changes anything`() throws {
        let network = try TestNetwork()
        let container = try network.container()
        let folder = try TemporaryFolder()
        try foreign(answering: #"{"cniVersion":"1.1.0","cni.swift/plan":["ADD"]}"#, in: folder)
        let configuration = network.bridge().with(["ipam": ["type": "foreign"]])
        let invocation = network.invocation(
            .add, configuration, for: container, variables: ["CNI_PATH": folder.path])
        let error = #expect(throws: CNIError.self) {
            try network.run { try Bridge.plan(for: invocation) }
        }
        #expect(error?.message == "unknown CNI_COMMAND")
        #expect(String(decoding: try File.read("\(folder.path)/verbs"), as: UTF8.self) == "VERSION\nPLAN\n")
    }

    @Test func `a plugin without a plan says so by a code of its own`() throws {
        let network = try TestNetwork()
        let container = try network.container()
        let configuration: JSON = ["cniVersion": "1.1.0", "name": "n", "type": "mute"]
        let invocation = question(network, "PLAN", planning: "ADD", container, configuration)
        let outcome = try network.run { Mute.respond(to: invocation) }
        #expect(outcome.output.flatMap { CNIError(json: $0) }?.code == CNIError.cannotPlan)
    }

    private struct Mute: Plugin {
        static let name = "mute"

        init() {}

        static func configuration(from document: JSON) throws(CNIError) {}
        func add(_ request: Request<Void>) throws(CNIError) -> CNIResult { CNIResult() }
        func check(_ request: Request<Void>) throws(CNIError) {}
        func delete(_ request: Request<Void>) throws(CNIError) {}
    }
}
