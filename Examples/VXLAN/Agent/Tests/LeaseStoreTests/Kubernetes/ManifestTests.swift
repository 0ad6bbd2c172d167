// SPDX-License-Identifier: Apache-2.0

import AgentTestSupport
import CNITesting
import CNITypes
import LeaseStores
import NodeAgentTesting
import Testing
import VXLANOverlay

/// The DaemonSet of the documentation.
@Suite("kubernetes: the manifest") struct ManifestTests {
    private let manifest: Manifest

    init() throws {
        let root = #filePath.split(separator: "/").dropLast(7).joined(separator: "/")
        manifest = try Manifest("/\(root)/Documentation/VXLAN/kubernetes.yaml")
    }

    @Test func `its objects belong together`() throws {
        let namespace = try manifest.object("Namespace")["metadata"]?["name"]
        try manifest.expectCoherence(in: #require(namespace))
    }

    @Test func `its image is pinned, of nobody's registry, and pulled only where it is missing`() throws {
        try manifest.expectImage(of: "vxlan-agent", installing: ["vxlan", "host-local"])
    }

    @Test func `its role allows what the store asks for, and nothing else`() async throws {
        let server = try await FakeKubernetes()
        server.answers.behave { $0.pageLimit = 1 }
        server.nodes.put("node1", podCIDRs: ["10.5.1.0/24"])
        server.nodes.put("node2", podCIDRs: ["10.5.2.0/24"])
        let store = try KubernetesSamples.store(server)
        let lease = try await store.acquire(Samples.request(1))
        try await store.ready(lease)
        let listener = Listener(store, lease)
        #expect(await server.waits { $0.nodes.watchCount == 1 })
        await listener.end()
        try await store.release(lease)
        var asked: Set<String> = []
        for request in server.answers.asked {
            let words = request.split { $0 == " " || $0 == "?" }
            let path = words[1].split(separator: "/").dropFirst(2)
            let resource = path.count == 3 ? "\(path[2])/\(path[4])" : "\(path[2])"
            let verb = path.count > 1 ? words[0].lowercased() : request.contains("watch=") ? "watch" : "list"
            asked.insert("\(verb) \(resource)")
        }
        #expect(try asked == manifest.permissions)
    }

    @Test func `the agent finds the network's configuration, and the runtime gets the list by the agent`()
        throws
    {
        #expect(try manifest.option("store") == "kubernetes")
        let text = try manifest.text(of: try manifest.option("network-config"))
        #expect(try OverlayConfiguration(parsing: Array(text.utf8)).backend.kind == .vxlan)
        let list = try manifest.expectNetworkList(of: ["vxlan", "portmap"])
        #expect(list["plugins"]?.array?.last?["capabilities"] == ["portMappings": true])
    }

    @Test func `its pods are in the network, on the bridge and among the leases of flannel's manifest`()
        throws
    {
        let list = try manifest.expectNetworkList(of: ["vxlan", "portmap"])
        // The network's name is the folder's of host-local's leases.
        #expect(list["name"] == "cbr0")
        let plugin = list["plugins"]?.array?.first
        // As they are by themselves: /var/lib/cni/networks, and cni0.
        for key in ["dataDir", "ipam", "bridge", "subnetFile"] { #expect(plugin?[key] == nil) }
    }

    @Test func `its files are the plugin's`() throws {
        for path in [AgentRecord.usualPath, SubnetFile.usualPath] {
            #expect(try manifest.hostPath(of: path, manifest.agent) == path)
        }
    }

    @Test func `its agent is in the node's network with the rights that it needs`() throws {
        let (pod, agent) = (try manifest.pod, try manifest.agent)
        #expect(pod["hostNetwork"] == true)
        #expect(pod["priorityClassName"] == "system-node-critical")
        #expect(pod["tolerations"] == [["operator": "Exists"]])
        #expect(agent["securityContext"]?["privileged"] == false)
        #expect(
            agent["securityContext"]?["capabilities"] == ["drop": ["ALL"], "add": ["NET_ADMIN", "NET_RAW"]])
        #expect(
            agent["env"] == [
                ["name": "NODE_NAME", "valueFrom": ["fieldRef": ["fieldPath": "spec.nodeName"]]]
            ])
        #expect(agent["resources"]?["requests"]?["memory"]?.string != nil)
    }
}
