// SPDX-License-Identifier: Apache-2.0

/// A version of the CNI specification.
public struct SpecVersion: Hashable, Sendable {
    /// The number that changes with incompatible formats.
    public let major: Int
    /// The number that changes with new features.
    public let minor: Int
    /// The number that changes with corrections.
    public let patch: Int

    /// Creates a version from its three numbers.
    public init(_ major: Int, _ minor: Int, _ patch: Int) {
        self.major = major
        self.minor = minor
        self.patch = patch
    }

    /// The first version.
    public static let v0_1_0 = SpecVersion(0, 1, 0)
    /// The version that brought VERSION.
    public static let v0_2_0 = SpecVersion(0, 2, 0)
    /// The version that brought chained plugins, and results with interfaces.
    public static let v0_3_0 = SpecVersion(0, 3, 0)
    /// A correction of 0.3.0.
    public static let v0_3_1 = SpecVersion(0, 3, 1)
    /// The version that brought CHECK, and `prevResult` on DEL.
    public static let v0_4_0 = SpecVersion(0, 4, 0)
    /// The version that dropped single configurations and `version` in the IPs of results.
    public static let v1_0_0 = SpecVersion(1, 0, 0)
    /// The version that brought GC, STATUS, `cniVersions`, and more about interfaces and routes.
    public static let v1_1_0 = SpecVersion(1, 1, 0)

    /// All versions that this module can read and write, in order.
    public static let all: [SpecVersion] = [
        .v0_1_0, .v0_2_0, .v0_3_0, .v0_3_1, .v0_4_0, .v1_0_0, .v1_1_0,
    ]
    /// The newest version.
    public static let current = v1_1_0

    /// Whether CHECK exists, and DEL is given `prevResult`.
    public var supportsCheck: Bool { self >= .v0_4_0 }
    /// Whether GC exists.
    public var supportsGarbageCollection: Bool { self >= .v1_1_0 }
    /// Whether STATUS exists.
    public var supportsStatus: Bool { self >= .v1_1_0 }

    /// The newest of the versions that both sides have, or nil if there is none.
    public static func highest(
        of offered: [SpecVersion], supportedBy supported: [SpecVersion]
    ) -> SpecVersion? {
        offered.filter { supported.contains($0) }.max()
    }
}

extension SpecVersion: Comparable {
    /// By major, then minor, then patch number.
    public static func < (left: SpecVersion, right: SpecVersion) -> Bool {
        (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
    }
}

extension SpecVersion: LosslessStringConvertible {
    /// Parses one to three numbers with dots between them; the empty text is 0.1.0.
    ///
    /// The first configurations had no `cniVersion`, which makes it optional for ever.
    public init?(_ text: String) {
        if text.isEmpty {
            self = .v0_1_0
            return
        }
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count <= 3 else { return nil }
        var numbers = [0, 0, 0]
        for (index, part) in parts.enumerated() {
            let isDecimal = part.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            guard isDecimal, let number = Int(String(Substring(part))) else { return nil }
            numbers[index] = number
        }
        self.init(numbers[0], numbers[1], numbers[2])
    }

    /// `1.1.0`.
    public var description: String { "\(major).\(minor).\(patch)" }
}
