// SPDX-License-Identifier: Apache-2.0

import CNITesting
import Glibc

extension Collection {
    /// Every third element, from one on that the seed chooses; all of them with the environment's `TEST_EVERY_OPERATION`.
    ///
    /// For the laws about every operation of a plugin: each takes new namespaces, of which there would be thousands in a run.
    package func sample() -> [Element] {
        if getenv("TEST_EVERY_OPERATION") != nil { return Array(self) }
        var generator = Seeded(count)
        let first = Int.random(in: 0..<3, using: &generator)
        return enumerated().filter { $0.offset % 3 == first }.map(\.element)
    }
}
