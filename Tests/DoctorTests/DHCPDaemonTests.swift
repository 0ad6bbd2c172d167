// SPDX-License-Identifier: Apache-2.0

import CNITesting
import CNITypes
import Doctor
import Glibc
import LinuxCore
import TestSupport
import Testing

/// A node whose containers get their addresses by DHCP, with and without the daemon.
@Suite(.needsNamespaces) struct DHCPDaemonTests {
    private let id = "dhcp-daemon-not-running"

    private func node(_ ipam: JSON...) throws -> World {
        let world = try World()
        world.machine.root = "\(world.folder.path)/root"
        try Directory.create(world.machine.root)
        for name in ["macvlan", "dhcp"] { try world.write(plugin: name, versions: ["1.0.0", "1.1.0"]) }
        for (index, ipam) in ipam.enumerated() {
            let network: JSON = [
                "cniVersion": "1.1.0", "name": "lan\(index)",
                "plugins": [["type": "macvlan", "linkInContainer": true, "master": "eth0", "ipam": ipam]],
            ]
            try world.write("net.d/2\(index)-lan.conflist", network.description)
        }
        return world
    }

    @Test func `a daemon that does not listen is reported until it does, once for each socket`() throws {
        let folder = try TemporaryFolder()
        let socketPath = "\(folder.path)/dhcp.sock"
        let ipam: JSON = ["type": "dhcp", "daemonSocketPath": .string(socketPath)]
        let world = try node(ipam, ipam, ["type": "host-local", "daemonSocketPath": "/nowhere"])
        #expect(try world.examine(nil)[id]?.title == "the dhcp daemon does not listen at \(socketPath)")
        #expect(try world.complaints().filter { $0.hasSuffix(id) } == ["problem \(id)"])
        let finding = try #require(try world.examine(nil)[id])
        #expect(finding.explanation.contains("net.d/20-lan.conflist, "), "\(finding.explanation)")
        #expect(
            finding.explanation.contains("`dhcp daemon -socketpath \(socketPath)`"), "\(finding.explanation)")
        #expect(finding.remedy == nil && !finding.isSafeToFix)
        let daemon = try Listener(at: socketPath)
        #expect(try world.examine(nil)[id] == nil)
        daemon.stop()
        #expect(try world.complaints().filter { $0.hasSuffix(id) } == ["problem \(id)"])
    }

    @Test func `the remedy is systemd's where its socket is`() throws {
        guard access("/run/cni/dhcp.sock", F_OK) != 0 else { return }
        let world = try node(["type": "dhcp"])
        let without = try #require(try world.examine(nil)[id])
        #expect(without.title == "the dhcp daemon does not listen at /run/cni/dhcp.sock")
        #expect(without.remedy == nil && without.explanation.contains("Documentation/DHCP"))
        for folder in ["/etc", "/etc/systemd", "/etc/systemd/system"] {
            try Directory.create("\(world.machine.root)\(folder)")
        }
        try world.write("root/etc/systemd/system/dhcp.socket", "")
        #expect(try world.examine(nil)[id]?.remedy == "systemctl enable --now dhcp.socket dhcp.service")
    }
}
