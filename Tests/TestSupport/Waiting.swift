// SPDX-License-Identifier: Apache-2.0

internal import Glibc
package import Testing

/// How long a test waits for what must happen: long, so that a loaded machine fails none, and bounded, so that what never
/// happens is a failure with a place and not a run that hangs.
private let patience = Duration.seconds(120)

/// Waits until something is so; the test fails and ends if it is not within two minutes.
///
/// - Parameters:
///   - what: What is waited for, as a failure says it.
///   - condition: Asked every 20 ms.
package func wait(
    for what: Comment, sourceLocation: SourceLocation = #_sourceLocation,
    until condition: () throws -> Bool
) throws {
    let end = ContinuousClock.now + patience
    while try !condition() {
        try #require(ContinuousClock.now < end, what, sourceLocation: sourceLocation)
        usleep(20_000)
    }
}

/// The same for tasks, which do not hold up a thread while they wait.
///
/// The condition has been asked a hundred times before the test fails: other tests may have had all threads meanwhile.
package func eventually(
    _ what: Comment, isolation: isolated (any Actor)? = #isolation,
    sourceLocation: SourceLocation = #_sourceLocation, until condition: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + patience
    var count = 0
    while try await !condition() {
        count += 1
        try #require(count < 100 || ContinuousClock.now < end, what, sourceLocation: sourceLocation)
        try await Task.sleep(for: .milliseconds(20))
    }
}
