// SPDX-License-Identifier: Apache-2.0

import CNIPlugin
import CNITesting
import LinuxCore
import TestSupport
import Testing

/// Says in its error what it was called with.
private struct Echo: Plugin {
    static let name = "echo"
    static let code = CNIError.Code(rawValue: 150)
    let document = JSON.null

    init() {}

    static func configuration(from document: JSON) throws(CNIError) -> JSON { document }

    private func refuse(_ command: Command, _ document: JSON) throws(CNIError) {
        throw CNIError(Self.code, command.rawValue, details: document.serialized())
    }
    func add(_ request: Request<JSON>) throws(CNIError) -> CNIResult {
        try refuse(.add, request.configuration)
        return CNIResult()
    }
    func check(_ request: Request<JSON>) throws(CNIError) { try refuse(.check, request.configuration) }
    func delete(_ request: Request<JSON>) throws(CNIError) { try refuse(.delete, request.configuration) }
    func collect(_ request: NetworkRequest<JSON>) throws(CNIError) {
        try refuse(.collect, request.configuration)
    }
    func status(_ request: NetworkRequest<JSON>) throws(CNIError) {
        try refuse(.status, request.configuration)
    }
}

/// What a delegate is called with.
@Suite(.needsNamespaces)
struct FlannelDelegateTests {
    private func echoed(
        _ command: Command = .add, delegate: JSON = [:], _ members: [String: JSON?] = [:],
        masquerades: Bool = true
    ) throws -> JSON {
        let node = try FlannelNode(Echo.self)
        try node.write(networks: "10.244.0.0/16,10.200.0.0/16", masquerades: masquerades)
        let isOfNetwork = command == .status || command == .collect
        let container = isOfNetwork ? nil : try node.network.container()
        let outcome = try node.call(
            command, node.configuration(delegate: delegate.with(["type": "echo"]), with: members), container)
        #expect(outcome.output?["code"]?.int == 150 && outcome.output?["msg"]?.string == command.rawValue)
        #expect(node.kept() == [], "a refused ADD keeps nothing")
        return try JSON(parsing: Array((outcome.output?["details"]?.string ?? "").utf8))
    }

    @Test func `the file's subnet, MTU, masquerading and networks reach the delegate`() throws {
        let document = try echoed(
            delegate: ["color": "red"], ["ipam": ["routes": [["dst": "198.51.100.0/24"]]]])
        #expect(
            document == [
                "cniVersion": "1.1.0", "name": "cbr0", "type": "echo", "color": "red", "mtu": 1450,
                "ipMasq": false,
                "ipam": [
                    "type": "host-local",
                    "ranges": [[["subnet": "10.244.3.0/24"]], [["subnet": "fd24:0:0:3::/64"]]],
                    "routes": [
                        ["dst": "198.51.100.0/24"], ["dst": "10.244.0.0/16"], ["dst": "10.200.0.0/16"],
                        ["dst": "fd24::/48"],
                    ],
                ],
            ], "\(document)")
        #expect(try echoed(masquerades: false)["ipMasq"] == true)
    }

    @Test func `the user's own keys come before the file's`() throws {
        let document = try echoed(delegate: ["ipMasq": true, "mtu": 1300, "cniVersion": "0.1.0"])
        #expect(document["ipMasq"] == true && document["mtu"] == 1300 && document["cniVersion"] == "1.1.0")
        #expect(document["isGateway"] == nil, "only a bridge has one")
    }

    @Test func `what the runtime gives reaches the delegate`() throws {
        let members: [String: JSON?] = [
            "runtimeConfig": ["mac": "02:00:00:00:00:05"], "args": ["cni": ["ips": ["10.244.3.9"]]],
            "dns": ["nameservers": ["10.96.0.10"]],
        ]
        let document = try echoed(.add, members)
        for (key, value) in members { #expect(document[key] == value, "\(key)") }
        let result: JSON = ["cniVersion": "1.1.0", "ips": [["address": "10.244.3.2/24"]]]
        for command in [Command.check, .delete] {
            #expect(try echoed(command, ["prevResult": result])["prevResult"] == result)
        }
        let valid: JSON = [["containerID": "a", "ifname": "eth0"]]
        #expect(
            try echoed(.collect, ["cni.dev/valid-attachments": valid])["cni.dev/valid-attachments"] == valid)
        #expect(try echoed(.status)["mtu"] == 1450)
    }

    @Test(
        arguments: [
            (["delegate": ["name": "x"]], "delegate.name"),
            (["delegate": ["ipam": ["type": "static"]]], "delegate.ipam"),
            (["delegate": ["type": 5]], "delegate.type"), (["delegate": ["type": "../x"]], "delegate.type"),
            (["delegate": ["type": "flannel"]], "delegate.type"), (["delegate": "bridge"], "delegate"),
            (["delegate": ["capabilities": 5]], "delegate.capabilities"),
            (["ipam": ["subnet": "10.0.0.0/8"]], "ipam.subnet"), (["ipam": ["ranges": []]], "ipam.ranges"),
            (["ipam": ["routes": 5]], "ipam.routes"), (["subnetFile": 5], "subnetFile"),
            (["dataDir": []], "dataDir"),
        ] as [([String: JSON?], String)])
    func `what contradicts flannel is refused with its place, and can be deleted`(
        members: [String: JSON?], place: String
    ) throws {
        let node = try FlannelNode()
        let container = try node.network.container()
        let before = try (node.network.snapshot(), container.snapshot())
        var configuration = node.configuration(with: members)
        if var ipam = configuration["ipam"] {
            ipam["dataDir"] = .string(node.network.dataDir.path)
            configuration["ipam"] = ipam
        }
        let outcome = try node.call(.add, configuration, container)
        #expect(outcome.output?["code"]?.int == 7, "\(outcome)")
        #expect(outcome.output?["msg"]?.string?.hasPrefix("\(place): ") == true, "\(outcome)")
        if members["dataDir"] == nil {
            #expect(try node.call(.delete, configuration, container).status == 0)
            let collected = try node.call(.collect, configuration, with: ["cni.dev/valid-attachments": []])
            #expect(collected.status == 0, "\(collected)")
        }
        #expect(try difference(before.0, node.network.snapshot()) == "")
        #expect(try difference(before.1, container.snapshot()) == "")
    }

    @Test func `a delegate that is nowhere is named`() throws {
        let node = try FlannelNode()
        let container = try node.network.container()
        let outcome = try node.call(.add, node.configuration(delegate: ["type": "nowhere"]), container)
        #expect(outcome.output?["code"]?.int == 4)
        #expect(outcome.output?["msg"]?.string?.contains("\"nowhere\"") == true, "\(outcome)")
        #expect(outcome.output?["details"]?.string?.contains("delegate.type") == true, "\(outcome)")
        #expect(node.kept() == [])
    }
}
