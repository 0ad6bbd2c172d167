// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import NIOPosix
internal import Netlink
internal import VXLANOverlay

/// Takes away all that an agent has made on the node whose network namespace the process is in.
public struct Removal: Sendable {
    /// The overlay's VXLAN network identifier; nil for the one in the agent's file, or else 1.
    public var vni: UInt32?
    /// The protocol number of the routes.
    public var routeProtocol: UInt8
    /// The file for the plugin.
    public var recordFile: String
    /// The file for flannel's plugin.
    public var subnetFile: String

    /// Creates a removal.
    public init(vni: UInt32?, routeProtocol: UInt8, recordFile: String, subnetFile: String) {
        self.vni = vni
        self.routeProtocol = routeProtocol
        self.recordFile = recordFile
        self.subnetFile = subnetFile
    }

    /// Does it, the files at last, so that it can be done again after a failure.
    ///
    /// - Returns: What was done; nothing if there was nothing of ours.
    /// - Throws: `CNIError` with what could not be removed.
    public func run() async throws -> [String] {
        let threads = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let kernel = Kernel(on: threads.next())
        var steps = try await kernel.remove(
            vni: vni ?? recordedVNI ?? 1, routeProtocol: RoutingProtocol(rawValue: routeProtocol))
        for path in [recordFile, subnetFile] where try NodeFile.remove(path) {
            steps.append("remove \(path)")
        }
        return steps
    }

    private var recordedVNI: UInt32? {
        guard case .record(let record) = try? NodeFile(reading: recordFile) else { return nil }
        return record.configuration.backend.vni
    }
}
