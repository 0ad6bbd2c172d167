// SPDX-License-Identifier: Apache-2.0

package import CNIPlugin
internal import Netlink

/// The bandwidth plugin's keys.
public struct BandwidthConfiguration: Sendable {
    /// How fast packets pass in one direction.
    struct Limit: Hashable, Sendable {
        /// In bits per second.
        let rate: UInt64
        /// How much may pass at once, in bits.
        let burst: UInt64

        /// The kernel's bucket, in which a packet waits for 25 ms at most, as with the Go plugin; with a number by which it is
        /// told from other disciplines.
        var discipline: Qdisc {
            let (rate, burst) = (max(1, rate / 8), UInt32(clamping: burst / 8))
            let limit = TokenBucket.limit(rate: rate, burst: burst, latency: 25_000)
            return Qdisc(
                .tbf(TokenBucket(rate: rate, burst: burst, limit: limit)), handle: TrafficHandle(68))
        }
    }

    /// What the container receives; nil for no limit.
    let ingress: Limit?
    /// What the container sends; nil for no limit.
    let egress: Limit?

    /// Every key that is read here.
    package static let keys = [
        "ingressRate", "ingressBurst", "egressRate", "egressBurst", "runtimeConfig.bandwidth.ingressRate",
        "runtimeConfig.bandwidth.ingressBurst", "runtimeConfig.bandwidth.egressRate",
        "runtimeConfig.bandwidth.egressBurst",
    ]

    /// Reads the keys: those of the configuration, or if they say nothing the runtime's.
    package init(_ keys: JSONCursor) throws(CNIError) {
        let own = (try Self.limit("ingress", keys), try Self.limit("egress", keys))
        let runtime = keys.capability("bandwidth")
        let asked = (try Self.limit("ingress", runtime), try Self.limit("egress", runtime))
        (ingress, egress) = own.0 == nil && own.1 == nil ? asked : own
    }

    /// Whether there is a limit.
    var isLimiting: Bool { ingress != nil || egress != nil }

    private static func limit(_ way: String, _ keys: JSONCursor) throws(CNIError) -> Limit? {
        let (rateKey, burstKey) = (keys["\(way)Rate"], keys["\(way)Burst"])
        let rate: UInt64 = try rateKey.integer() ?? 0
        let burst: UInt64 = try burstKey.integer() ?? 0
        if rate == 0, burst == 0 { return nil }
        if rate == 0 { throw rateKey.failure("missing, and there is a burst") }
        if burst == 0 { throw burstKey.failure("missing, and there is a rate") }
        if rate < 8 { throw rateKey.failure("less than a byte per second") }
        if burst / 8 > UInt32.max { throw burstKey.failure("more than 4 GiB") }
        return Limit(rate: rate, burst: burst)
    }
}
