// SPDX-License-Identifier: Apache-2.0

/// Which way a packet goes, as its ENI sees it.
public enum Direction: String, Hashable, Sendable, CaseIterable {
    /// To the ENI's machine.
    case ingress
    /// From it.
    case egress

    var opposite: Direction { self == .ingress ? .egress : .ingress }
}
