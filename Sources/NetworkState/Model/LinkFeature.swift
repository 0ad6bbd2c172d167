// SPDX-License-Identifier: Apache-2.0

/// What a link leaves to its device, or does in software: one of the features that ethtool(8) switches.
///
/// A link that is re-created has its driver's default.
public struct LinkFeature: Hashable, Sendable {
    /// The features that are known here, by ethtool's words.
    public enum Kind: String, Hashable, Sendable {
        /// Whether the checksums of sent packets are left to the device.
        case transmitChecksum = "tx"
    }

    /// Which feature it is.
    public var kind: Kind
    /// The link.
    public var link: String
    /// Whether it is on.
    public var isOn: Bool

    /// Creates a feature of a link.
    public init(_ kind: Kind, of link: String, _ isOn: Bool) {
        self.kind = kind
        self.link = link
        self.isOn = isOn
    }
}
