// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import CNITypes
internal import OverlayAgent
internal import VXLANOverlay

struct Cleanup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Remove all that the agent has made on this node.",
        discussion: """
            Devices with our alias, routes with our protocol number, the nf_tables table, and the files for plugins. The \
            agent must not run. What the vxlan plugin made for containers stays: detach them first. The lease stays in \
            the store until it expires, or until it is released there.
            """)

    @Option(
        help: ArgumentHelp(
            "The overlay's VXLAN network identifier; that of the agent's file, or 1.", valueName: "number"))
    var vni: UInt32?

    @Option(help: ArgumentHelp("The protocol number of our routes.", valueName: "number"))
    var routeProtocol: UInt8 = AgentOptions.usualRouteProtocol

    @OptionGroup var files: FileOptions

    func run() async throws {
        let steps = try await Removal(
            vni: vni, routeProtocol: routeProtocol, recordFile: files.recordFile, subnetFile: files.subnetFile
        ).run()
        for step in steps { print(step) }
        if steps.isEmpty { print("nothing of ours is there") }
    }
}
