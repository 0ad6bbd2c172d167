// SPDX-License-Identifier: Apache-2.0

public import CNITypes

/// By which interface a node reaches the others: the first of these that there is, else that of the default route.
public struct InterfaceChoice: Hashable, Sendable {
    /// Names of interfaces, or addresses that they have.
    public var interfaces: [String] = []
    /// Regular expressions of which a part of a name or of an address is one, as flannel's: `eth1` is also in `veth12`.
    public var patterns: [String] = []
    /// An address that the interface's route leads to.
    public var reaching: IPAddress?

    /// Addresses of which the interface that has one comes before the default route's, if nothing else is chosen.
    public var preferred: [IPAddress] = []

    /// Creates a choice: the default route's interface.
    public init() {}

    /// Checks the regular expressions.
    ///
    /// - Throws: ``CNIError/Code/invalidConfiguration`` with the expression.
    public func validate() throws(CNIError) {
        for pattern in patterns { _ = try Self.regex(pattern) }
    }

    static func regex(_ pattern: String) throws(CNIError) -> Regex<AnyRegexOutput> {
        do {
            return try Regex(pattern)
        } catch {
            throw CNIError(.invalidConfiguration, "\"\(pattern)\" is not a regular expression: \(error)")
        }
    }
}
