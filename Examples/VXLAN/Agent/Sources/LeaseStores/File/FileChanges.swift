// SPDX-License-Identifier: Apache-2.0

internal import NodeAgentCore
internal import VXLANOverlay

/// A file of leases whose changes are waited for.
enum FileChanges {
    /// Whenever the file may have changed, and also after so many seconds without a change.
    static func stream(of path: String, atLeastEvery seconds: Int) -> AsyncThrowingStream<Void, any Error> {
        BlockingEvents.stream(of: Void.self, buffered: 1) { channel in
            let watch = try LeaseFile.Watch(path)
            var quiet = 0
            while !channel.isEnded {
                quiet += 1
                guard try watch.hasChanged(within: 1000) || quiet >= seconds else { continue }
                quiet = 0
                channel.send(())
            }
        }
    }
}
