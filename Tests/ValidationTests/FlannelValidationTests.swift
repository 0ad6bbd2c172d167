// SPDX-License-Identifier: Apache-2.0

import CNITypes
import Testing
import Validation

/// What is said of flannel's configurations, of which a part is the delegate's.
@Suite struct FlannelValidationTests {
    private func found(_ plugin: JSON) -> [String] {
        var plugin = plugin
        plugin["type"] = "flannel"
        return Validator.ours.diagnostics(of: JSON.list(plugin).serialized()).map(\.text)
    }

    @Test(
        arguments: [
            [:], ["delegate": ["isDefaultGateway": true, "hairpinMode": true]],
            ["delegate": ["type": "somebody-elses", "anything": 1], "capabilities": ["ipRanges": true]],
            [
                "subnetFile": "/run/flannel/subnet.env", "dataDir": "/var/lib/cni/flannel",
                "ipam": ["routes": [["dst": "198.51.100.0/24"]], "dataDir": "/run/leases"],
            ],
        ] as [JSON])
    func `a right configuration has nothing to report`(plugin: JSON) {
        #expect(found(plugin) == [])
    }

    @Test(
        arguments: [
            (
                ["delegate": ["hairpinmod": true]],
                "warning plugins[0].delegate.hairpinmod: no plugin here reads this key (hairpinMode?)"
            ),
            (
                ["delegate": ["mtu": "1450"]],
                "error plugins[0].delegate.mtu: expected an integer, found a string"
            ),
            (
                ["delegate": ["vlan": 5000]], "error plugins[0].delegate.vlan: 5000 is not 0 to 4094"
            ),
            (["delegate": ["mtu": 60]], "warning plugins[0].delegate.mtu: 60 is less than IPv4 needs, 68"),
            (
                ["ipam": ["subnet": "10.0.0.0/8"]],
                "error plugins[0].ipam.subnet: the node's subnet is in /run/flannel/subnet.env"
            ),
            (["delegat": [:]], "warning plugins[0].delegat: no plugin here reads this key (delegate?)"),
            (
                ["delegate": ["type": "../bridge"]],
                "error plugins[0].delegate.type: \"../bridge\" is not a plugin's file name"
            ),
        ] as [(JSON, String)])
    func `a mistake is reported once, at its place`(plugin: JSON, text: String) {
        #expect(found(plugin) == [text])
    }
}
