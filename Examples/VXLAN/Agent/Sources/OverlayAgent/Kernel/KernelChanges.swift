// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import LeaseStores
internal import VXLANOverlay

/// What has changed in the kernel without us.
struct KernelChanges: OptionSet, Sendable {
    let rawValue: UInt8

    /// What is ours, or would be.
    static let own = KernelChanges(rawValue: 1)
    /// The interface to the other nodes.
    static let underlay = KernelChanges(rawValue: 2)

    /// Tells of changes; those of a moment together.
    static func stream(about node: OverlayNode) -> AsyncThrowingStream<KernelChanges, any Error> {
        BlockingEvents.stream(of: KernelChanges.self, buffered: 8) { channel in
            while !channel.isEnded { usleep(100_000) }
        }
    }
}
