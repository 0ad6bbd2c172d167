// SPDX-License-Identifier: Apache-2.0

/// What an ADD or a DEL would do, found out without doing it.
public struct Plan: Hashable, Sendable {
    /// The steps, in order and in words for people: `host: create link veth0 type veth`.
    public var steps: [String]
    /// The result that ADD would have, as far as it can be known beforehand; nil for DEL.
    public var result: CNIResult?

    /// Creates a plan.
    public init(steps: [String] = [], result: CNIResult? = nil) {
        self.steps = steps
        self.result = result
    }
}

extension Plugin {
    /// Says that the plugin cannot tell beforehand what it does.
    public func plan(_ request: Request<Configuration>) throws(CNIError) -> Plan {
        throw CNIError(
            CNIError.cannotPlan, "plugin \(Self.name) cannot tell beforehand what it would do")
    }
}
