// SPDX-License-Identifier: Apache-2.0

/// What is wrong with a document, and where.
public struct DocumentError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The place, such as `vpcs[0].subnets[1].cidr`; empty for the whole document.
    public let place: String
    /// What is wrong there.
    public let problem: String

    package init(place: String, problem: String) {
        self.place = place
        self.problem = problem
    }

    /// `place: problem`.
    public var description: String { place.isEmpty ? problem : "\(place): \(problem)" }
}
