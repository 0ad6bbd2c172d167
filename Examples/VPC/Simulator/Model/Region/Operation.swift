// SPDX-License-Identifier: Apache-2.0

/// A call of EC2's with its parameters.
package protocol Operation: Sendable {
    /// What it answers.
    associatedtype Answer

    /// The name, such as `CreateNetworkInterface`.
    static var action: String { get }
    /// The name under which it is throttled and permitted: ``action``, but of two calls that are one operation.
    var name: String { get }
    /// Whether it changes nothing.
    static var isReadOnly: Bool { get }
    /// Whether it is a Describe that neither filters nor pages, which EC2 throttles sooner.
    var isBroad: Bool { get }

    /// What the caller's policy is asked.
    func accesses(in resources: Resources) -> [Access]

    /// Does it, at ``Region/now``; what it has changed before it throws is taken back.
    func perform(in region: inout Region) throws(EC2Error) -> Answer
}

extension Operation {
    package static var isReadOnly: Bool { action.hasPrefix("Describe") }
    package var name: String { Self.action }
    package var isBroad: Bool { false }

    package func accesses(in resources: Resources) -> [Access] { [Access(action: name, resource: "*")] }
}
