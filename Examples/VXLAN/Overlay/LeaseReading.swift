// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import CNITypes

/// What could be read of a node's published lease: a family with a mistake leaves the other one usable.
public struct LeaseReading: Hashable, Sendable {
    /// The lease with the families that could be read; nil if none could, or if the node has none.
    public var lease: Lease?
    /// What could not be read, a sentence for each family.
    public var mistakes: [String]

    /// Creates a reading.
    public init(_ lease: Lease?, mistakes: [String] = []) {
        self.lease = lease
        self.mistakes = mistakes
    }

    /// Creates a reading of what cannot be read at all.
    public init(mistake: String) { self.init(nil, mistakes: [mistake]) }

    /// Reads the families one by one.
    ///
    /// - Parameter part: What the node has of a family; nil if nothing.
    init(
        backendType: String, _ part: (IPAddress.Family) throws(CNIError) -> Lease.Part?
    ) {
        var lease = Lease(backendType: backendType)
        var mistakes: [String] = []
        for family in IPAddress.Family.allCases {
            do throws(CNIError) {
                let part = try part(family)
                if family == .v4 { lease.v4 = part } else { lease.v6 = part }
            } catch {
                mistakes.append(error.message)
            }
        }
        self.init(lease.v4 == nil && lease.v6 == nil ? nil : lease, mistakes: mistakes)
    }

    /// Whether nothing is left out of it.
    public var isComplete: Bool { mistakes.isEmpty }

    /// The lease, if all of it could be read.
    ///
    /// - Throws: ``CNIError/Code/decodingFailure`` with the first mistake.
    func complete() throws(CNIError) -> Lease {
        if let mistake = mistakes.first { throw CNIError(.decodingFailure, mistake) }
        guard let lease else { throw CNIError(.decodingFailure, "no family is in the lease") }
        return lease
    }
}
