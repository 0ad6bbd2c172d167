// SPDX-License-Identifier: Apache-2.0

import CNITypes
import DHCPClient
import Testing

@Suite struct DHCPConfigurationTests {
    private func read(_ ipam: JSON, arguments: String = "") throws -> DHCPConfiguration {
        try DHCPConfiguration(network(ipam), arguments: CNIArguments(from: arguments))
    }

    private func options(_ ipam: JSON, arguments: String = "") throws -> DHCPOptions {
        let attachment = Attachment(
            network: try network(ipam).name, containerID: try ContainerID("pod"),
            interface: try InterfaceName("eth0"))
        return try read(ipam, arguments: arguments).options(for: attachment)
    }

    private func network(_ ipam: JSON) throws -> NetworkConfiguration {
        var ipam = ipam
        ipam["type"] = "dhcp"
        return try NetworkConfiguration(
            json: ["cniVersion": "1.1.0", "name": "lan", "type": "bridge", "ipam": ipam])
    }

    @Test func `without keys there is an identifier, and what a result needs is asked for`() throws {
        #expect(try read([:]).daemonSocketPath == "/run/cni/dhcp.sock")
        let options = try options([:])
        #expect(options[.clientIdentifier] == [0] + Array("pod/lan/eth0".utf8))
        #expect(options[.parameterRequestList] == [1, 3, 6, 15, 33, 119, 121])
    }

    @Test func `options are provided by name or number, from the file or from arguments`() throws {
        let options = try options(
            [
                "provide": [
                    ["option": "host-name", "fromArg": "K8S_POD_NAME"], ["option": "60", "value": "kind"],
                    ["option": "dhcp-client-identifier", "value": "me"], ["option": "77", "fromArg": "NONE"],
                ]
            ], arguments: "IgnoreUnknown=1;K8S_POD_NAME=web-0")
        #expect(options[.hostName] == Array("web-0".utf8))
        #expect(options[.vendorClassIdentifier] == Array("kind".utf8))
        #expect(options[.clientIdentifier] == [0] + Array("me".utf8))
        #expect(options[.userClass] == nil)
    }

    @Test func `requests add to what is usual, or stand for it`() throws {
        #expect(
            try read(["request": [["option": "42"]]]).requested.map(\.rawValue) == [
                1, 3, 6, 15, 33, 119, 121, 42,
            ])
        #expect(
            try read(["request": [["skipDefault": true], ["option": "routers"]]]).requested.map(\.rawValue)
                == [3])
    }

    @Test func `families are IPv4's alone, or those that are named; routes are of IPv6`() throws {
        #expect(try read([:]).families == [.v4] && read([:]).routes.isEmpty)
        #expect(try read(["family": ["6"]]).families == [.v6])
        let both = try read(["family": ["4", "6"], "routes": [["dst": "::/0", "gw": "fd00::1"]]])
        #expect(both.families == [.v4, .v6] && both.routes.map(\.destination.description) == ["::/0"])
    }

    @Test(
        arguments: [
            (["family": []], "ipam.family"), (["family": "6"], "ipam.family"),
            (["family": ["5"]], "ipam.family[0]"),
            (["family": [6]], "ipam.family[0]"), (["family": ["6", "6"]], "ipam.family[1]"),
            (["routes": [["dst": "::/0"]]], "ipam.routes"),
            (["family": ["6"], "routes": [["dst": "0.0.0.0/0"]]], "ipam.routes[0].dst"),
            (["family": ["6"], "routes": [["dst": "::/0", "gw": "10.0.0.1"]]], "ipam.routes[0].dst"),
            (["provide": [["option": "0", "value": "x"]]], "ipam.provide[0].option"),
            (["provide": [["option": "255", "value": "x"]]], "ipam.provide[0].option"),
            (["provide": [["option": "53", "value": "x"]]], "ipam.provide[0].option"),
            (["provide": [["option": "nonsense", "value": "x"]]], "ipam.provide[0].option"),
            (["provide": [["value": "x"]]], "ipam.provide[0].option"),
            (["provide": ["x"]], "ipam.provide[0]"),
            (["request": [["option": 3]]], "ipam.request[0].option"), (["priority": -1], "ipam.priority"),
            (["daemonSocketPath": "run/dhcp.sock"], "ipam.daemonSocketPath"),
            (["daemonSocketPath": 5], "ipam.daemonSocketPath"),
            (
                ["provide": [["option": "12", "value": .string(String(repeating: "x", count: 255))]]],
                "ipam.provide[0].value"
            ),
        ] as [(JSON, String)])
    func `a mistake is refused at its place`(ipam: JSON, place: String) {
        let error = #expect(throws: CNIError.self) { try read(ipam) }
        #expect(error?.place?.description == place)
        #expect(error?.code == .invalidConfiguration)
    }
}
