// SPDX-License-Identifier: Apache-2.0

import BridgePlugin
import CNITesting
import CNITypes
import HostLocalPlugin
import LinuxCore
import StaticPlugin
import Testing
import Validation

@Suite struct PropertyTests {
    static let keys: [(plugin: JSON, key: String)] =
        (Bridge.keys ?? []).map { (.bridge([:]), $0) }
        + (HostLocalPlugin.keys ?? []).map { (.bridge([:]), $0) }
        + (StaticPlugin.keys ?? []).map { (.bridge([:], ipam: ["type": "static"]), $0) }

    @Test(arguments: keys)
    func `every listed key is one that the reader reads`(plugin: JSON, key: String) {
        let broken = plugin.setting(key, to: 1.5)
        let path = "plugins[0].\(key.replacing("[]", with: "[0]"))"
        let errors = Validator.ours.diagnostics(of: JSON.list(broken).serialized()).filter {
            $0.path.description == path
        }
        #expect(errors.map(\.severity) == [.error])
    }

    @Test func `the documented keys are the ones that are listed`() throws {
        let source = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let page = String(decoding: try File.read("/\(source)/Documentation/Bridge.md"), as: UTF8.self)
        let table = page.split(separator: "\n").drop { !$0.hasPrefix("| `") }.prefix { $0.hasPrefix("| `") }
        let told = table.compactMap { $0.split(separator: "`").dropFirst().first.map { String($0) } }
        let listed = (Bridge.keys ?? []).map { String($0.prefix { $0 != "[" && $0 != "." }) }
        #expect(
            Set(told).subtracting(["ipam", "dns"]) == Set(listed).subtracting(["runtimeConfig", "args"]))
    }

    /// A configuration with every key of two plugins.
    static let complete: JSON = .bridge(
        [
            "bridge": "cni0", "isGateway": true, "isDefaultGateway": true, "forceAddress": true,
            "ipMasq": true,
            "ipMasqBackend": "nftables", "mtu": 1400, "hairpinMode": true, "promiscMode": false, "vlan": 100,
            "vlanTrunk": [["minID": 200, "maxID": 210], ["id": 300]], "preserveDefaultVlan": false,
            "macspoofchk": true, "enabledad": true, "disableContainerInterface": false,
            "portIsolation": true, "capabilities": ["mac": true], "dns": ["domain": "example.org"],
            "args": ["cni": ["ips": ["10.1.0.7"]]],
        ],
        ipam: [
            "type": "host-local", "dataDir": "/tmp/leases", "resolvConf": "/etc/resolv.conf",
            "ranges": [
                [
                    [
                        "subnet": "10.1.0.0/24", "rangeStart": "10.1.0.5", "rangeEnd": "10.1.0.20",
                        "gateway": "10.1.0.1",
                    ],
                    ["subnet": "10.2.0.0/24"],
                ],
                [["subnet": "fd00::/64", "gateway": "fd00::1"]],
            ],
            "routes": [["dst": "10.9.0.0/16", "gw": "10.1.0.9", "mtu": 1400], ["dst": "0.0.0.0/0"]],
        ])

    /// The ways to all values that are neither lists nor objects, but for the types, which say who reads.
    static func leaves(_ value: JSON, _ path: JSONPath = JSONPath()) -> [JSONPath] {
        switch value {
        case .object(let members):
            members.keys.sorted().filter { $0 != "type" }.flatMap {
                leaves(members[$0] ?? .null, path.member($0))
            }
        case .array(let elements): elements.indices.flatMap { leaves(elements[$0], path.element($0)) }
        default: [path]
        }
    }

    static func replace(_ path: ArraySlice<JSONPath.Step>, in value: JSON) -> JSON {
        switch (path.first, value) {
        case (.member(let key), .object(var members)):
            members[key] = replace(path.dropFirst(), in: members[key] ?? .null)
            return .object(members)
        case (.element(let index), .array(var elements)):
            elements[index] = replace(path.dropFirst(), in: elements[index])
            return .array(elements)
        default: return 1.5
        }
    }

    @Test func `a configuration with every key is right`() {
        #expect(Validator.ours.texts(.list(Self.complete)) == [])
    }

    @Test func `of any number of wrong values all are found, and nothing else`() {
        let leaves = Self.leaves(Self.complete)
        var generator = Seeded()
        for _ in 0..<60 {
            let count = Int.random(in: 1...6, using: &generator)
            let chosen = leaves.shuffled(using: &generator).prefix(count)
            let broken = chosen.reduce(Self.complete) { Self.replace($1.steps[...], in: $0) }
            let found = Validator.ours.diagnostics(of: JSON.list(broken).serialized()).map(\.path.description)
            #expect(Set(found) == Set(chosen.map { "plugins[0].\($0)" }), "TEST_SEED=\(Seeded.seed)")
            #expect(found.count == chosen.count, "TEST_SEED=\(Seeded.seed)")
        }
    }

    @Test func `whatever the bytes, there is an answer`() {
        var generator = Seeded()
        let text = Array(JSON.list(Self.complete).serialized(indent: 2).utf8)
        for _ in 0..<150 {
            var damaged = text
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let index = damaged.indices.randomElement(using: &generator) ?? 0
                switch Int.random(in: 0...2, using: &generator) {
                case 0: damaged[index] = UInt8.random(in: 32...126, using: &generator)
                case 1: damaged.remove(at: index)
                default: damaged.insert(text[Int.random(in: 0..<text.count, using: &generator)], at: index)
                }
            }
            let isJSON = (try? JSON(parsing: damaged)) != nil
            let found = Validator.ours.diagnostics(of: damaged)
            #expect(isJSON || found.count == 1 && found.first?.position != nil, "TEST_SEED=\(Seeded.seed)")
        }
    }

    @Test func `a plugin that is in no folder gets a warning`() throws {
        let folder = try TemporaryFolder()
        try File.create("\(folder.path)/bridge", [], mode: 0o755)
        try File.create("\(folder.path)/host-local", [], mode: 0o644)
        var validator = Validator.ours
        validator.pluginFolders = ["\(folder.path)/none", folder.path]
        #expect(
            validator.texts(.list(.bridge([:]))) == [
                "warning plugins[0].ipam.type: no executable plugin \"host-local\" in \(folder.path)/none, \(folder.path)"
            ])
    }
}
