// SPDX-License-Identifier: Apache-2.0

internal import NIOPosix
internal import Synchronization

/// Events that can only be waited for by blocking, as a stream.
public enum BlockingEvents {
    /// The way to and from the thread that waits.
    public struct Channel<Event: Sendable>: Sendable {
        private let continuation: AsyncThrowingStream<Event, any Error>.Continuation
        private let end: End

        fileprivate init(_ continuation: AsyncThrowingStream<Event, any Error>.Continuation, _ end: End) {
            self.continuation = continuation
            self.end = end
        }

        /// Whether nobody listens any more: the thread has to end within a second or so.
        public var isEnded: Bool { end.isSet.load(ordering: .relaxed) }

        /// Sends an event.
        public func send(_ event: Event) { continuation.yield(event) }
    }

    fileprivate final class End: Sendable {
        let isSet = Atomic(false)
    }

    /// Runs `body` on a thread made for the purpose, and streams what it sends; the stream ends when `body` does.
    ///
    /// - Parameter buffered: How many events wait at most; of more the newest stay.
    public static func stream<Event: Sendable>(
        of type: Event.Type, buffered: Int, _ body: @escaping @Sendable (Channel<Event>) throws -> Void
    ) -> AsyncThrowingStream<Event, any Error> {
        AsyncThrowingStream(bufferingPolicy: .bufferingNewest(buffered)) { continuation in
            let end = End()
            let thread = NIOThreadPool(numberOfThreads: 1)
            continuation.onTermination = { _ in
                end.isSet.store(true, ordering: .relaxed)
                thread.shutdownGracefully { _ in }
            }
            thread.start()
            thread.submit { state in
                guard case .active = state else { return continuation.finish() }
                do {
                    try body(Channel(continuation, end))
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
        }
    }
}
