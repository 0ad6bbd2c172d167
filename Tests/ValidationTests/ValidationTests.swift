// SPDX-License-Identifier: Apache-2.0

import CNITypes
import Testing

@testable import Validation

@Suite struct ValidationTests {
    @Test func `a right configuration has nothing to report`() {
        let text = """
            {
              "cniVersion": "1.1.0",
              "name": "pods",
              "plugins": [
                {
                  "type": "bridge", "bridge": "cni0", "isDefaultGateway": true, "ipMasq": true,
                  "ipam": {
                    "type": "host-local",
                    "ranges": [[{ "subnet": "10.88.0.0/16" }], [{ "subnet": "fd00:88::/64" }]]
                  }
                },
                { "type": "portmap", "snat": true, "capabilities": { "portMappings": true } }
              ]
            }
            """
        #expect(Validator.ours.diagnostics(of: text) == [])
    }

    @Test func `every mistake is found at once with its line and column`() {
        let text = """
            {
              "cniVersion": "1.1.0",
              "name": "pods",
              "plugins": [
                {
                  "type": "bridge",
                  "brigde": "cni0",
                  "mtu": "1500",
                  "vlan": 5000,
                  "hairpinMode": true, "promiscMode": true,
                  "ipam": {
                    "type": "host-local",
                    "ranges": [
                      [{ "subnet": "10.1.0.0/33" }],
                      [{ "subnet": "10.2.0.0/24", "gateway": "10.3.0.1" }]
                    ],
                    "routes": [{ "dst": "default" }]
                  }
                }
              ]
            }
            """
        let found = Validator.ours.diagnostics(of: text).map { diagnostic in
            "\(diagnostic.position?.line ?? 0):\(diagnostic.position?.column ?? 0) \(diagnostic.text)"
        }
        #expect(
            found == [
                "7:7 warning plugins[0].brigde: no plugin here reads this key (bridge?)",
                "8:14 error plugins[0].mtu: expected an integer, found a string",
                "9:15 error plugins[0].vlan: 5000 is not 0 to 4094",
                "10:22 error plugins[0].hairpinMode: hairpinMode and promiscMode exclude each other",
                "14:24 error plugins[0].ipam.ranges[0][0].subnet: \"10.1.0.0/33\" is not a network",
                "15:50 error plugins[0].ipam.ranges[1][0].gateway: 10.3.0.1 not in network 10.2.0.0/24",
                "17:29 error plugins[0].ipam.routes[0].dst: \"default\" is not an address with a prefix length",
            ])
    }

    @Test(arguments: [
        ("{ \"a\": 1,\n  b }", "2:3: error: not JSON: expected a key in quotes"),
        ("{\n \"a\": tru }", "2:7: error: not JSON: expected a value"),
        ("", "error: not JSON: the document is empty"),
        ("\u{feff}{}", "1:1: error: not JSON: a byte order mark (bytes EF BB BF) before the document"),
        ("[1, 2", "1:6: error: not JSON: expected a comma or a closing bracket"),
    ])
    func `what is not JSON is reported with its place`(text: String, expected: String) {
        #expect(Validator.ours.diagnostics(of: text).map(\.description) == [expected])
    }

    @Test(
        arguments: [
            (
                ["name": "n", "plugins": [["type": "x"]]],
                ["warning cniVersion: missing: taken for 0.1.0, in which plugins have no chains"]
            ),
            (["cniVersion": "1.1.0", "plugins": [["type": "x"]]], ["error name: missing network name"]),
            (
                ["cniVersion": "1.1.0", "name": "a/b", "plugins": [["type": "x"]]],
                ["error name: invalid characters found in network name: a/b"]
            ),
            (
                ["cniVersion": "one", "name": "n", "plugins": [["type": "x"]]],
                ["error cniVersion: \"one\" is not a version"]
            ),
            (
                ["cniVersion": "9.0.0", "name": "n", "plugins": [["type": "x"]]],
                ["warning cniVersion: there is no version 9.0.0 of the specification up to 1.1.0"]
            ),
            (["cniVersions": ["1.1.0", "9.0.0"], "name": "n", "plugins": [["type": "x"]]], []),
            (["cniVersion": "1.1.0", "name": "n", "plugins": []], ["error plugins: no plugins in list"]),
            (
                ["cniVersion": "1.1.0", "name": "n", "plugins": .null],
                ["error plugins: expected a list, found null"]
            ),
            (
                ["cniVersion": "1.1.0", "name": "n", "plugins": [:]],
                ["error plugins: expected a list, found an object"]
            ),
            (
                ["cniVersion": "1.1.0", "name": "n", "pluggins": []],
                [
                    "warning plugins: missing: the network consists only of the files in the folder of its name",
                    "warning pluggins: no plugin here reads this key (plugins?)",
                ]
            ),
            (
                [
                    "cniVersion": "1.1.0", "name": "n", "disableCheck": 1,
                    "plugins": [["type": "x"], "bridge", ["ipam": 1]],
                ],
                [
                    "error disableCheck: expected true or false, found a number",
                    "error plugins[1]: expected an object, found a string",
                    "error plugins[2].type: missing",
                    "error plugins[2].ipam: expected an object, found a number",
                ]
            ),
            (
                [
                    "cniVersion": "1.1.0", "name": "n", "disableCheks": true, "comment": "x",
                    "plugins": [["type": "x"]],
                ], ["warning disableCheks: no plugin here reads this key (disableCheck?)"]
            ),
            (
                ["cniVersion": "1.0.0", "name": "n", "type": "loopback"],
                ["warning type: since CNI 1.0.0 a configuration is a list: put this plugin into \"plugins\""]
            ),
            (["cniVersion": "0.3.1", "name": "n", "type": "loopback"], []),
            (.array([]), ["error : expected an object, found a list"]),
        ] as [(JSON, [String])])
    func `lists and single configurations keep to the specification`(json: JSON, expected: [String]) {
        #expect(Validator.ours.texts(json) == expected)
    }

    @Test(
        arguments: [
            ["type": "weave", "hairpinMode": 7, "mtu": "big", "unknown": true],
            ["type": "weave", "ipam": ["type": "weave-ipam", "subnet": 1]],
        ] as [JSON])
    func `the keys of others' plugins are their own`(plugin: JSON) {
        #expect(Validator.ours.texts(.list(plugin)) == [])
    }

    @Test func `the general rules hold for others' plugins, too`() {
        let plugin: JSON = [
            "type": "a/b", "capabilities": ["portMapings": true, "ips": "yes"],
            "dns": ["nameservers": "10.0.0.1"],
            "ipam": ["type": "host-local", "subnet": "10.1.0.1/24", "ragne": 1],
        ]
        let found = Validator.ours.texts(.list(plugin)).sorted()
        #expect(
            found == [
                "error plugins[0].capabilities.ips: expected true or false, found a string",
                "error plugins[0].dns.nameservers: expected a list, found a string",
                "error plugins[0].ipam.subnet: 10.1.0.1/24 has host bits set; the network is 10.1.0.0/24",
                "error plugins[0].type: \"a/b\" is not a plugin's file name",
                "warning plugins[0].capabilities.portMapings: no runtime knows this capability (portMappings?)",
                "warning plugins[0].ipam.ragne: no plugin here reads this key (ranges?)",
            ])
    }

    @Test func `letter case does not count, but both spellings at once do`() {
        let text = """
            {"cniVersion":"1.1.0","name":"n","plugins":[{"type":"bridge","ISGATEWAY":true,"isgateway":false,
            "MTU":"x","mtu":1400,"mtu":1500,"Ipam":{"type":"host-local","Subnet":"10.1.0.0/40"}}]}
            """
        #expect(
            Validator.ours.diagnostics(of: text).map(\.text) == [
                "warning plugins[0].isgateway: given as \"ISGATEWAY\", too; only one counts",
                "warning plugins[0].mtu: given as \"MTU\", too; only one counts",
                "warning plugins[0].mtu: given twice; only the last one counts",
                "error plugins[0].Ipam.Subnet: \"10.1.0.0/40\" is not a network",
            ])
    }

    @Test(
        arguments: [
            (.bridge(["mtu": 70000]), ["warning plugins[0].mtu: 70000 is more than a veth can have, 65535"]),
            (.bridge(["mtu": 1000]), ["warning plugins[0].mtu: 1000 is less than IPv6 needs, 1280"]),
            (
                .bridge(["isDefaultGateway": true], ipam: nil),
                ["warning plugins[0].isDefaultGateway: means nothing without ipam, which gives addresses"]
            ),
            (
                .bridge([:], ipam: ["type": "host-local"]),
                ["error plugins[0].ipam.ranges: no IP ranges specified"]
            ),
            (
                .bridge([:], ipam: ["type": "host-local", "dataDir": 1]),
                [
                    "error plugins[0].ipam.ranges: no IP ranges specified",
                    "error plugins[0].ipam.dataDir: expected the path of a folder",
                ]
            ),
            (
                .bridge(
                    [:],
                    ipam: [
                        "type": "host-local",
                        "ranges": [[["subnet": "10.1.0.0/24"], ["subnet": "10.1.0.0/25"]]],
                    ]),
                [
                    "error plugins[0].ipam.ranges[0][1]: 10.1.0.1-10.1.0.126 overlaps with 10.1.0.1-10.1.0.254 of [0]"
                ]
            ),
            (
                .bridge(
                    [:],
                    ipam: [
                        "type": "host-local", "subnet": "10.1.0.0/24", "rangeStart": "10.1.0.9",
                        "rangeEnd": "10.1.0.5",
                    ]),
                [
                    "error plugins[0].ipam.rangeEnd: the range ends with 10.1.0.5, before its start 10.1.0.9"
                ]
            ),
            (
                .bridge(
                    [:], ipam: ["type": "static", "addresses": [["address": "10.1.0.1"], ["address": "x"]]]),
                [
                    "error plugins[0].ipam.addresses[0].address: the 'address' field is expected to be in CIDR notation, got: '10.1.0.1'",
                    "error plugins[0].ipam.addresses[1].address: the 'address' field is expected to be in CIDR notation, got: 'x'",
                ]
            ),
            (["type": "loopback", "mtu": 1500], ["warning plugins[0].mtu: no plugin here reads this key"]),
        ] as [(JSON, [String])])
    func `the plugins' own readers judge`(plugin: JSON, expected: [String]) {
        #expect(Validator.ours.texts(.list(plugin)) == expected)
    }

    @Test func `of very many unknown keys the first ones are listed, and how many more there are`() {
        var plugin = JSON.bridge(["mtuu": 1])
        for number in 0..<2000 { plugin["key\(number)"] = 1 }
        var capabilities = JSONObject()
        for number in 0..<200 { capabilities["c\(number)"] = true }
        plugin["capabilities"] = .object(capabilities)
        let texts = Validator.ours.texts(.list(plugin, .bridge(["brigde": "b"])))
        #expect(texts.count { $0.contains("no plugin here reads this key") } == Report.limit + 1)
        #expect(texts.contains("warning plugins[0]: 1901 more keys that no plugin here reads"))
        #expect(texts.count { $0.contains("no runtime knows this capability") } == Report.limit)
        #expect(texts.contains("warning plugins[0]: 100 more capabilities that no runtime knows"))
        #expect(texts.last == "warning plugins[1].brigde: no plugin here reads this key (bridge?)")
    }

    @Test func `a suggestion is looked for only for the keys that are listed`() throws {
        let text = Array(#"{"a":1}"#.utf8)
        var report = Report(text: text, outline: try JSONOutline(parsing: text))
        var searches = 0
        let key = KnownKeys.Unknown(path: "a") {
            searches += 1
            return nil
        }
        report.add(unknown: Array(repeating: key, count: 200_000))
        #expect(searches == Report.limit)
    }

    @Test func `of very many keys that are given twice the first ones are listed`() {
        let twice = String(repeating: #""mtu":1500,"#, count: 1001)
        let text = #"{"cniVersion":"1.1.0","name":"n","plugins":[{\#(twice)"type":"loopback"}]}"#
        let found = Validator.ours.diagnostics(of: text)
        #expect(found.count { $0.message.hasPrefix("given twice") } == Report.limit)
        #expect(found.contains { $0.message == "900 more keys given twice" })
    }

    @Test func `a diagnostic is an object for programs`() {
        let diagnostics = Validator.ours.diagnostics(of: JSON.list(.bridge(["mtuu": 1])).serialized())
        #expect(
            diagnostics.map(\.json) == [
                [
                    "severity": "warning", "path": "plugins[0].mtuu", "line": 1, "column": 102,
                    "message": "no plugin here reads this key", "suggestion": "mtu",
                ]
            ])
    }
}
