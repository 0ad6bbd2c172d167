// SPDX-License-Identifier: Apache-2.0

/// How the settings that are wanted of a link compare with those that it has.
public enum LinkKindFit: Hashable, Sendable {
    /// It has them.
    case same
    /// The kernel can change those that differ while the link exists.
    case changeable
    /// The link must be re-created.
    case needsNewLink
}

/// The settings of one kind of link: everything that is particular to the kind, in one place.
///
/// In a request nil leaves a setting alone. A kind that this package does not know conforms to this in your own, and is
/// used as `LinkKind.custom(_:)`.
public protocol LinkKindSettings: Hashable, Sendable {
    /// The kind's name for the kernel (IFLA_INFO_KIND), as in `ip link add type NAME`.
    static var kind: String { get }

    /// Whether such a link rests on another one, its parent (IFLA_LINK), as in `ip link add link PARENT`.
    static var needsParent: Bool { get }

    /// The kind and its settings in the words of ip(8): `macvlan mode bridge`.
    var words: String { get }

    /// Decodes what the kernel reports: the content of IFLA_INFO_DATA.
    init(_ data: Attributes) throws(MalformedMessage)

    /// Appends the content of IFLA_INFO_DATA.
    func encode(into data: inout AttributeWriter)

    /// Compares these settings, where they are not nil, with those of a link that was found.
    func fit(_ found: Self) -> LinkKindFit

    /// The settings that differ, and only those that the kernel changes on a link that exists, with the values that were
    /// found.
    ///
    /// Asked for only where ``fit(_:)`` is not `same`.
    func changes(from found: Self) -> (wanted: Self, found: Self)
}

extension LinkKindSettings {
    /// No parent.
    public static var needsParent: Bool { false }

    /// The kind's name.
    public var words: String { Self.kind }
}

/// The settings of a kind from outside of this package.
public struct CustomLinkKind: Hashable, Sendable {
    /// The settings.
    public let settings: any LinkKindSettings

    /// Wraps settings.
    public init(_ settings: any LinkKindSettings) { self.settings = settings }

    /// Whether both are settings of one type, and equal.
    public static func == (left: CustomLinkKind, right: CustomLinkKind) -> Bool {
        func isEqual<Settings: LinkKindSettings>(_ settings: Settings) -> Bool {
            settings == right.settings as? Settings
        }
        return isEqual(left.settings)
    }

    /// Hashes the settings.
    public func hash(into hasher: inout Hasher) { settings.hash(into: &hasher) }
}

// What settings are compared by, those of kinds and of everything else. Inlinable: a generic function of another module
// has the runtime make the types of its optionals, and goes by witnesses.

/// Whether a wanted value, if there is one, is the found one.
@inlinable
package func fits<Value: Equatable>(_ wanted: Value?, _ found: Value?) -> Bool {
    wanted == nil || wanted == found
}

/// Notes a wanted value that is not the found one, and the found one beside it.
@inlinable
package func difference<Value: Equatable>(
    _ value: Value?, _ found: Value?, _ wanted: inout Value?, _ had: inout Value?
) {
    if fits(value, found) { return }
    wanted = value
    had = found
}
