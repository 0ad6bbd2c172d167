// SPDX-License-Identifier: Apache-2.0

import AgentTestSupport
import CNITesting
import CNITypes
import Glibc
import NodeAgentTesting
import Testing
import VXLANOverlay

/// What the built agent does for the node until its network is in place, and when the node gets another subnet.
@Suite(
    .needsTunnels, .needsProgram("/usr/bin/etcd"), .needsProgram("/usr/bin/ping"),
    .needsProgram("/usr/bin/curl"), .serialized)
struct StartTests {
    @Test func `an ordinary change and the end are no errors in the log`() async throws {
        let cluster = try Cluster(ClusterTests.both, nodes: 1)
        let node = cluster.nodes[0]
        try await node.waitUntilReady(peers: 0)
        try node.ip("address delete 192.168.77.1/24 dev eth0")
        try node.ip("address add 192.168.77.91/24 dev eth0")
        try node.ip("route replace default via 192.168.77.254")
        let hasMoved = await holds { (try? node.lease().v4?.publicIP.description) == "192.168.77.91" }
        try #require(hasMoved != nil, "\(node.log)")
        try await node.waitUntilReady(peers: 0)
        node.stop()
        for words in ["CancellationError", " error "] { #expect(!node.log.contains(words), "\(node.log)") }
        _ = cluster
    }

    @Test func `another subnet is logged with the former one`() async throws {
        let cluster = try Cluster(["Network": "10.5.0.0/16"], nodes: 1)
        let node = cluster.nodes[0]
        try await node.waitUntilReady(peers: 0)
        let former = try node.lease().key
        // As a node object that was deleted and came back: the subnet is somebody else's by now.
        let value =
            #"{"PublicIP":"192.168.77.9","BackendType":"vxlan","#
            + #""BackendData":{"VNI":1,"VtepMAC":"02:00:00:00:04:09"}}"#
        try cluster.etcd.control("put", "/coreos.com/network/subnets/\(former)", value)
        let hasChanged = await holds { (try? node.lease().key) != former }
        try #require(hasChanged != nil, "\(node.log)")
        let line = node.log.split(separator: "\n").filter { $0.contains("this node has another subnet") }
        #expect(line.count == 1 && line[0].contains("former=\(former.v4?.description ?? "")"), "\(node.log)")
        try await node.waitUntilReady(peers: 1)
    }

    @Test func `the runtime gets its network when the node's is in place, and not before`() async throws {
        let cluster = try Cluster(ClusterTests.both, nodes: 1, startsAgents: false)
        let node = cluster.nodes[0]
        let key = "/coreos.com/network/config"
        try cluster.etcd.control("del", key)
        let text = #"{"cniVersion": "1.1.0", "name": "cbr0", "plugins": [{"type": "vxlan"}]}"#
        let path = "\(node.folder.path)/net.d/10-overlay.conflist"
        try node.start(["--conflist", try node.folder.write("list", text), "--write-conflist", path])
        let isWaiting = await holds {
            node.status("readyz").hasPrefix("waiting for the cluster's configuration: ")
        }
        try #require(isWaiting != nil, "\(node.status("readyz"))\n\(node.log)")
        #expect(access(path, F_OK) != 0)
        try cluster.etcd.control("put", key, ClusterTests.both.serialized())
        #expect(await holds { (try? TemporaryFolder.read(path)) == text } != nil, "\(node.log)")
        #expect(access(node.record, F_OK) == 0)
        // The line comes after the file.
        let isLogged = await holds { node.log.contains("network configuration list written") }
        #expect(isLogged != nil, "\(node.log)")
    }
}
