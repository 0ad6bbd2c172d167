// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

/// The settings of the discipline `tbf`, which lets packets pass at a rate: see tc-tbf(8).
public struct TokenBucket: Hashable, Sendable {
    /// How much may pass, in bytes per second.
    public var rate: UInt64
    /// How much may pass at once, in bytes; more than the MTU.
    ///
    /// The kernel keeps it as the time that it takes, in steps of 64 ns.
    public var burst: UInt32
    /// How much may wait, in bytes; what is beyond is dropped.
    public var limit: UInt32
    /// How much may pass of what ``burst`` allows, in bytes per second; nil for no such limit.
    public var peakRate: UInt64?
    /// How much may pass at once at the peak rate, in bytes: the MTU or little more.
    public var peakBurst: UInt32?
    /// What the kernel has besides.
    public var other = RawAttributes()

    /// Creates a bucket.
    public init(rate: UInt64, burst: UInt32, limit: UInt32) {
        self.rate = rate
        self.burst = burst
        self.limit = limit
    }

    /// The limit that holds a packet up for so many microseconds at most, as `latency` of tc(8) means it.
    public static func limit(rate: UInt64, burst: UInt32, latency microseconds: UInt64) -> UInt32 {
        let waiting = rate.multipliedReportingOverflow(by: microseconds)
        return UInt32(clamping: waiting.overflow ? .max : waiting.partialValue / 1_000_000 + UInt64(burst))
    }

    /// Whether a bucket that was found is as this one should be: bursts may differ by the kernel's rounding, and of one that
    /// takes longer than 274 s it tells only what is beyond.
    public func isSatisfied(by found: TokenBucket) -> Bool {
        func isNear(_ burst: UInt32, _ other: UInt32, _ rate: UInt64) -> Bool {
            let step = rate.multipliedReportingOverflow(by: 2 * Self.tick)
            let tolerance = step.overflow ? UInt64.max : step.partialValue / 1_000_000_000 + 3
            let told = Self.bytes(UInt64(UInt32(truncatingIfNeeded: Self.ticks(burst, rate))), rate)
            let distance = told > UInt64(other) ? told - UInt64(other) : UInt64(other) - told
            let round = Self.bytes(UInt64(UInt32.max) + 1, rate)
            return distance <= tolerance || round > distance && round - distance <= tolerance
        }
        guard rate == found.rate, limit == found.limit, peakRate == found.peakRate, other == found.other,
            isNear(burst, found.burst, rate)
        else { return false }
        guard let peakRate, let peakBurst else { return true }
        return found.peakBurst.map { isNear(peakBurst, $0, peakRate) } ?? false
    }

    /// In nanoseconds: PSCHED_SHIFT is 6 (include/net/pkt_sched.h in the kernel, since 2.6.31).
    private static let tick: UInt64 = 64

    /// The bytes that pass in a number of ticks, to the nearest.
    private static func bytes(_ ticks: UInt64, _ rate: UInt64) -> UInt64 {
        let product = rate.multipliedFullWidth(by: ticks * tick)
        guard product.high < 1_000_000_000 else { return .max }
        let (quotient, rest) = UInt64(1_000_000_000).dividingFullWidth(product)
        return quotient + (rest >= 500_000_000 ? 1 : 0)
    }

    /// The ticks that a number of bytes takes.
    private static func ticks(_ bytes: UInt32, _ rate: UInt64) -> UInt64 {
        rate == 0 ? 0 : (UInt64(bytes) * 1_000_000_000 + rate / 2) / rate / tick
    }

    func encode(into request: inout NetlinkRequest) {
        func specification(_ rate: UInt64) -> tc_ratespec {
            var specification = tc_ratespec()
            // The kernel computes by itself, and takes no table of times (Linux 3.8).
            specification.linklayer = UInt8(TC_LINKLAYER_ETHERNET.rawValue)
            specification.rate = UInt32(clamping: rate)
            return specification
        }
        var options = tc_tbf_qopt()
        options.rate = specification(rate)
        options.limit = limit
        options.buffer = UInt32(clamping: Self.ticks(burst, rate))
        if let peakRate {
            options.peakrate = specification(peakRate)
            options.mtu = UInt32(clamping: Self.ticks(peakBurst ?? 0, peakRate))
        }
        request.attribute(Int(TCA_TBF_PARMS), bytes: withUnsafeBytes(of: options) { [UInt8]($0) })
        request.attribute(Int(TCA_TBF_BURST), burst)
        if rate > UInt32.max { request.attribute(Int(TCA_TBF_RATE64), rate) }
        if let peakRate {
            if let peakBurst { request.attribute(Int(TCA_TBF_PBURST), peakBurst) }
            if peakRate > UInt32.max { request.attribute(Int(TCA_TBF_PRATE64), peakRate) }
        }
        request.append(other)
    }

    init(_ all: Attributes) throws(MalformedMessage) {
        guard let bytes = all[Int(TCA_TBF_PARMS)] else { throw MalformedMessage("tbf without settings") }
        let options = try bytes.header(tc_tbf_qopt.self)
        rate = try all.number(Int(TCA_TBF_RATE64)) ?? UInt64(options.rate.rate)
        limit = options.limit
        burst = UInt32(clamping: Self.bytes(UInt64(options.buffer), rate))
        if options.peakrate.rate != 0 {
            let peakRate = try all.number(Int(TCA_TBF_PRATE64)) ?? UInt64(options.peakrate.rate)
            self.peakRate = peakRate
            peakBurst = UInt32(clamping: Self.bytes(UInt64(options.mtu), peakRate))
        }
        other = all.others(
            than: [
                TCA_TBF_PARMS, TCA_TBF_RATE64, TCA_TBF_PRATE64, TCA_TBF_BURST, TCA_TBF_PBURST, TCA_TBF_PAD,
            ]
            .map { Int($0) })
    }
}
