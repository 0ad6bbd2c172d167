// SPDX-License-Identifier: Apache-2.0

import CNITypes
import Testing
import Topology

@Suite("JSON")
struct JSONTests {
    @Test func `a node is described with all that the survey found`() throws {
        let json = JSON(Cluster([try Example.single()]))
        let node = try #require(json["nodes"]?.array?.first)
        #expect(node["name"] == "worker-1")
        let links = try #require(node["namespaces"]?.array?.first?["links"]?.array)
        #expect(
            links[3] == [
                "index": 4, "name": "veth1a2b3c4d", "kind": "veth", "mtu": 1500, "up": true,
                "operational": true,
                "master": 3, "alias": "pods/web/eth0", "addresses": [],
                "attachment": ["network": "pods", "container": "web", "interface": "eth0"],
            ])
        #expect(links[2]["addresses"] == ["10.88.0.1/24"])
        let web = try #require(node["namespaces"]?.array?.last)
        #expect(web["origin"] == ["kind": "named", "path": "/run/netns/cni-6e1c"])
        #expect(web["routes"] == [["destination": "0.0.0.0/0", "gateway": "10.88.0.1", "link": 2]])
        #expect(
            node["connections"] == [
                [
                    "kind": "veth", "first": ["namespace": 0, "link": 4],
                    "second": ["namespace": 1, "link": 2],
                ]
            ])
        #expect(
            node["masquerades"] == [
                [
                    "address": "10.88.0.2",
                    "attachment": ["network": "pods", "container": "web", "interface": "eth0"],
                ]
            ])
        #expect(node["publishedPorts"] == [] && node["notes"] == [])
    }

    @Test func `a published port is described with whose it is`() throws {
        let ports = JSON(try Example.publishing([(6, "192.0.2.10", 8080, 80), (17, nil, 53, 53)]))[
            "publishedPorts"]
        let attachment: JSON = ["network": "pods", "container": "web", "interface": "eth0"]
        #expect(
            ports == [
                [
                    "protocol": 6, "hostAddress": "192.0.2.10", "hostPort": 8080, "address": "10.88.0.2",
                    "port": 80,
                    "attachment": attachment,
                ],
                [
                    "protocol": 17, "hostPort": 53, "address": "10.88.0.2", "port": 53,
                    "attachment": attachment,
                ],
            ])
    }

    @Test func `a tunnel is described with its settings`() throws {
        let links = JSON(try Example.routed())["namespaces"]?.array?.first?["links"]?.array
        #expect(
            links?.last?["vxlan"] == [
                "identifier": 42, "port": 4789, "local": "192.0.2.10", "remote": "192.0.2.11",
            ])
    }

    @Test(arguments: ["", "a", "a/b", "a/b/c/d", "a//c", "/b/c", "a/b/"])
    func `a text without three parts is not an attachment's mark`(_ text: String) {
        #expect(AttachmentMark(text) == nil)
    }
}
