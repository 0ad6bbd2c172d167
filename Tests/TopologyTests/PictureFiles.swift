// SPDX-License-Identifier: Apache-2.0

import Glibc
import LinuxCore
import Testing
import Topology

/// Writes the pictures of real networks that the documentation shows.
@Suite("Pictures of real networks", .needsNamespaces, .needsVXLAN)
struct PictureFiles {
    private static let folder = getenv("CNI_PICTURES").map { String(cString: $0) }

    /// Draws a host with so many containers.
    @Test(arguments: [1, 10, 100]) func `a network with so many containers can be drawn`(_ count: Int) throws
    {
        var world = try World()
        try world.addUplink()
        for number in 1...count { try world.attach(count == 1 ? "web" : "pod-\(number)") }
        if count > 1 { try world.addTunnel() }
        let node = try world.survey()
        let text = node.terminalPicture(TerminalOptions(width: count == 100 ? 160 : 100))
        let svg = node.svg()
        #expect(text.contains("bridge cni0") && svg.contains("cni0"))
        guard let folder = Self.folder else { return }
        let unit = count == 1 ? "pod" : "pods"
        try Directory.create(folder)
        try File.replace("\(folder)/\(count)-\(unit).txt", Array(text.utf8), mode: 0o644)
        try File.replace("\(folder)/\(count)-\(unit).svg", Array(svg.utf8), mode: 0o644)
    }
}
