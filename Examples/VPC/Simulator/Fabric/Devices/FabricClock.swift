// SPDX-License-Identifier: Apache-2.0

internal import CTunnelShims

/// The time of day when it began, and from then on a clock that nobody sets.
struct FabricClock: Sendable {
    private let offset: Int64

    init() { offset = tunnel_nanoseconds(false) - tunnel_nanoseconds(true) }

    var now: Moment { Moment(milliseconds: (offset + tunnel_nanoseconds(true)) / 1_000_000) }
}
