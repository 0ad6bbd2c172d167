// SPDX-License-Identifier: Apache-2.0

import CNITesting

extension FaultInjection {
    /// The operations before which a process can die: a link's settings go to the kernel in the same system call
    /// as the request that makes it, so that nobody can die between the two.
    static func momentsOfDeath(in operations: [String]) -> [Int] {
        operations.indices.filter { index in
            guard index > 0, operations[index].hasPrefix("link set ") else { return true }
            let name = operations[index].dropFirst("link set ".count)
            return !operations[index - 1].hasPrefix("link add \(name) type ")
        }
    }
}
