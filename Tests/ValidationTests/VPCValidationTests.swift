// SPDX-License-Identifier: Apache-2.0

import CNITypes
import Testing
import Validation

/// What is said of configurations of vpc-eni.
@Suite struct VPCValidationTests {
    private func found(_ plugin: JSON) -> [String] {
        var plugin = plugin
        plugin["type"] = "vpc-eni"
        return Validator.ours.diagnostics(of: JSON.list(plugin).serialized()).map(\.text)
    }

    @Test(
        arguments: [
            [:],
            [
                "mode": "exclusive", "vethPrefix": "pod", "timeout": 60, "agentSocket": "/run/a.sock",
                "releasedFolder": "/run/released",
            ],
            [
                "mode": "branch", "allowedModes": ["exclusive", "branch"],
                "capabilities": ["io.kubernetes.cri.pod-annotations": true, "mac": true],
            ],
        ] as [JSON])
    func `a right configuration has nothing to report`(plugin: JSON) {
        #expect(found(plugin) == [])
    }

    @Test(
        arguments: [
            (
                ["ipam": ["type": "host-local", "subnet": "10.0.0.0/16"]],
                "error plugins[0].ipam: vpc-agent gives the addresses, which are the ENIs' own"
            ),
            (["mode": "private"], "error plugins[0].mode: \"private\" is not shared, exclusive or branch"),
            (["mode": 1], "error plugins[0].mode: expected a string, found a number"),
            (
                ["allowedModes": "branch"],
                "error plugins[0].allowedModes: expected a list, found a string"
            ),
            (
                ["vethPrefix": "eth"],
                "error plugins[0].vethPrefix: \"eth\" is not 1 to 4 letters or digits other than eth, lo and vlan"
            ),
            (["timeout": 0], "error plugins[0].timeout: 0 is not 1 to 600 seconds"),
            (["timeout": "30"], "error plugins[0].timeout: expected an integer, found a string"),
            (["timeout": 300], "warning plugins[0].timeout: kubelets give up after 2 minutes by default"),
            (
                ["allowedModes": ["exclusive"]],
                "warning plugins[0].allowedModes: pods' annotations ask for modes; the runtime passes them on only with the capability io.kubernetes.cri.pod-annotations"
            ),
            (
                ["mode": "branch", "capabilities": ["io.kubernetes.cri.pod-annotations": true]],
                "warning plugins[0].mode: every pod is refused: its branch counts only if allowedModes has branch"
            ),
            // Keys of other plugins, and of the reference's.
            (["mtu": 9001], "warning plugins[0].mtu: no plugin here reads this key"),
            (
                ["vethPrfix": "eni"],
                "warning plugins[0].vethPrfix: no plugin here reads this key (vethPrefix?)"
            ),
        ] as [(JSON, String)])
    func `each mistake is reported with its place`(plugin: JSON, expected: String) {
        #expect(found(plugin) == [expected])
    }
}
