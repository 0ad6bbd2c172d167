// SPDX-License-Identifier: Apache-2.0

import NodeAgentTesting
import NodeAgentKubernetes
import AgentTestSupport
import CNITypes
import LeaseStores
import VXLANOverlay

/// What tests of the Kubernetes store have in common.
enum KubernetesSamples {
    static let prefix = "flannel.alpha.coreos.com"
    static let dualStack: JSON = [
        "Network": "10.5.0.0/16", "EnableIPv6": true, "IPv6Network": "fd00:5::/32",
    ]

    static func store(
        _ server: FakeKubernetes, _ name: String = "node1",
        _ change: (inout KubernetesOptions) -> Void = { _ in }
    ) throws -> KubernetesStore {
        var options = KubernetesOptions(
            node: try KubernetesNodeName(name), access: KubernetesAccess(server: server.url))
        change(&options)
        return try KubernetesStore(options)
    }

    /// The annotations of a node as flannel writes them.
    static func flannel(_ number: Int) -> [String: String] {
        let hex = String(number, radix: 16)
        let mac = String(repeating: "0", count: 4 - hex.count) + hex
        return [
            "\(prefix)/kube-subnet-manager": "true", "\(prefix)/backend-type": "vxlan",
            "\(prefix)/public-ip": "192.0.\(2 + number / 256).\(number % 256)",
            "\(prefix)/backend-data":
                "{\"VNI\":1,\"VtepMAC\":\"02:00:00:00:\(mac.prefix(2)):\(mac.suffix(2))\"}",
        ]
    }
}

extension FakeKubernetes {
    /// The overlay's annotations of a node, without the prefix of their keys.
    func annotations(_ name: String) -> [String: String] {
        var texts: [String: String] = [:]
        for (key, value) in nodes[name]?["metadata"]?["annotations"]?.object ?? [:]
        where key.hasPrefix("\(KubernetesSamples.prefix)/") {
            texts[String(key.dropFirst(KubernetesSamples.prefix.count + 1))] = value.string
        }
        return texts
    }

    func condition(_ name: String) -> JSON? {
        nodes[name]?["status"]?["conditions"]?.array?.first { $0["type"] == "NetworkUnavailable" }
    }

    /// Waits until something is so; false if it is not in time.
    func waits(until holds: (FakeKubernetes) -> Bool) async -> Bool {
        await NodeAgentTesting.holds { holds(self) } != nil
    }
}
