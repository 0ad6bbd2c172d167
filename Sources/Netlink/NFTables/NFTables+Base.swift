// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

extension NFTables {
    /// Where and when a chain gets packets from the kernel: `type nat hook postrouting priority 100`.
    public struct Base: Hashable, Sendable {
        /// What a chain may do.
        public enum Kind: String, Hashable, Sendable {
            /// Decide over packets.
            case filter
            /// Change addresses; gets only the first packet of a connection.
            case nat
            /// Have packets of this machine routed again after a change.
            case route
        }

        /// The place on a packet's way.
        ///
        /// A netdev chain's is none of these: it needs a device too.
        public enum Hook: Hashable, Sendable {
            /// On the way in, before it is known where to.
            case prerouting
            /// On the way to a process of this machine.
            case input
            /// On the way through.
            case forward
            /// On the way from a process of this machine.
            case output
            /// On the way out.
            case postrouting
            /// Another, by the kernel's number.
            case other(UInt32)
        }

        /// What becomes of a packet that no rule decides over.
        public enum Policy: Hashable, Sendable {
            /// It goes on.
            case accept
            /// It is gone.
            case drop
        }

        /// What the chain may do.
        public var kind: Kind
        /// The place on a packet's way.
        public var hook: Hook
        /// Its turn at the place, lowest first; see ``Priority``.
        public var priority: Int32
        /// What becomes of a packet that no rule decides over.
        public var policy: Policy

        /// Creates a base.
        public init(_ kind: Kind, _ hook: Hook, priority: Int32, policy: Policy = .accept) {
            self.kind = kind
            self.hook = hook
            self.priority = priority
            self.policy = policy
        }
    }

    /// The priorities that have a name in nft(8), for families other than bridge.
    public enum Priority {
        /// `raw`: before connections are tracked.
        public static var raw: Int32 { NF_IP_PRI_RAW.rawValue }
        /// `mangle`: before everything but tracking.
        public static var mangle: Int32 { NF_IP_PRI_MANGLE.rawValue }
        /// `dstnat`: when the kernel changes destination addresses.
        public static var destinationNAT: Int32 { NF_IP_PRI_NAT_DST.rawValue }
        /// `filter`: in the middle.
        public static var filter: Int32 { NF_IP_PRI_FILTER.rawValue }
        /// `security`: after filters.
        public static var security: Int32 { NF_IP_PRI_SECURITY.rawValue }
        /// `srcnat`: when the kernel changes source addresses.
        public static var sourceNAT: Int32 { NF_IP_PRI_NAT_SRC.rawValue }
    }
}

extension NFTables.Base.Hook {
    private static var ordered: [Self] { [.prerouting, .input, .forward, .output, .postrouting] }
    /// The order in linux/netfilter_arp.h.
    private static var orderedForARP: [Self] { [.input, .output, .forward] }

    private static func ordered(in family: NFTables.Family) -> [Self] {
        switch family {
        case .inet, .ip, .ip6, .bridge: ordered
        case .arp: orderedForARP
        case .netdev: []
        }
    }

    func number(in family: NFTables.Family) -> UInt32 {
        if case .other(let number) = self { return number }
        // A number that no hook has makes the kernel refuse what does not exist.
        return Self.ordered(in: family).firstIndex(of: self).map(UInt32.init) ?? .max
    }

    init(number: UInt32, in family: NFTables.Family) {
        let all = Self.ordered(in: family)
        self = number < all.count ? all[Int(number)] : .other(number)
    }
}

extension NFTables.Base {
    func encode(into request: inout NetlinkRequest, _ family: NFTables.Family) {
        request.nest(NFTA_CHAIN_HOOK) {
            $0.attribute(NFTA_HOOK_HOOKNUM, bigEndian: hook.number(in: family))
            $0.attribute(NFTA_HOOK_PRIORITY, bigEndian: priority)
        }
        request.attribute(NFTA_CHAIN_TYPE, kind.rawValue)
        request.attribute(
            NFTA_CHAIN_POLICY, bigEndian: UInt32(policy == .accept ? NF_ACCEPT : NF_DROP))
    }

    /// Decodes the base of a chain; nil for a chain without.
    init?(_ attributes: Attributes, _ family: NFTables.Family) throws(MalformedMessage) {
        let nest = try attributes.nest(NFTA_CHAIN_HOOK)
        guard let number = try nest.bigEndian(NFTA_HOOK_HOOKNUM) else { return nil }
        hook = Hook(number: number, in: family)
        let turn = try Attributes.required(try nest.bigEndian(NFTA_HOOK_PRIORITY), "priority of a chain")
        priority = Int32(bitPattern: turn)
        kind = try Attributes.required(
            attributes.string(NFTA_CHAIN_TYPE).flatMap(Kind.init), "type of a chain")
        policy = try attributes.bigEndian(NFTA_CHAIN_POLICY) == UInt32(NF_DROP) ? .drop : .accept
    }
}
