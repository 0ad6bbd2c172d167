// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

/// The number of a queueing discipline, of a class of one or of a place in one: `MAJOR:MINOR` of tc(8), in hexadecimal.
public struct TrafficHandle: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The major number in the upper 16 bits, the minor number in the others.
    public let rawValue: UInt32

    /// Creates a handle from a number.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Creates the handle `major:minor`.
    public init(_ major: UInt16, _ minor: UInt16 = 0) {
        self.init(rawValue: UInt32(major) << 16 | UInt32(minor))
    }

    /// None: the kernel chooses.
    public static let none = TrafficHandle(rawValue: TC_H_UNSPEC)
    /// The place of a discipline for what leaves a link (`root`).
    public static let root = TrafficHandle(rawValue: TC_H_ROOT)
    /// The place of a discipline for what comes in, `ingress` or `clsact`; `ffff:fff1`.
    public static let ingress = TrafficHandle(rawValue: TC_H_INGRESS)
    /// The handle of the discipline `ingress` or `clsact`, and the place of the former's filters; `ffff:`.
    public static let ingressDiscipline = TrafficHandle(0xffff)
    /// The place of filters of `clsact` for what comes in; `ffff:fff2`.
    public static let clsactIngress = TrafficHandle(
        rawValue: TC_H_CLSACT & TC_H_MAJ_MASK | TC_H_MIN_INGRESS)
    /// The place of filters of `clsact` for what leaves; `ffff:fff3`.
    public static let clsactEgress = TrafficHandle(rawValue: TC_H_CLSACT & TC_H_MAJ_MASK | TC_H_MIN_EGRESS)

    /// As tc(8) writes it: `root`, `8001:`, `1:a`.
    public var description: String {
        if self == .root { return "root" }
        if self == .none { return "none" }
        let minor = rawValue & 0xffff
        return "\(String(rawValue >> 16, radix: 16)):\(minor == 0 ? "" : String(minor, radix: 16))"
    }
}
