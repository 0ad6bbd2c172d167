// SPDX-License-Identifier: Apache-2.0

internal import Synchronization
internal import VXLANOverlay

/// The desired state of the kernel, published before each write, so that the watcher of changes knows which of them
/// contradict it.
final class Expectation: Sendable {
    private struct Content {
        var version = 0
        var node: OverlayNode?
        var peers: JudgedLeases?
    }

    private let content = Mutex(Content())

    /// Has these leases expected from now on.
    func expect(_ node: OverlayNode, _ peers: JudgedLeases) {
        content.withLock { content in
            content.version += 1
            content.node = node
            content.peers = peers
        }
    }

    /// What is expected now; nil as long as nothing is, or for another node.
    ///
    /// - Parameter known: What was expected, which is not made again if it still is.
    func entries(
        of node: OverlayNode, unless known: (version: Int, entries: ExpectedEntries)?
    ) -> (version: Int, entries: ExpectedEntries)? {
        let now = content.withLock { $0 }
        guard let peers = now.peers, now.node == node else { return nil }
        if let known, known.version == now.version { return known }
        return (now.version, ExpectedEntries(of: node, for: peers))
    }
}
