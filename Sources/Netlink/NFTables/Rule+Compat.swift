// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import CLibNL

extension NFTables.Rule {
    /// The text that says whose the rule is: nft(8)'s comment, or that of a `-m comment` that iptables-nft(8) has written.
    package var remark: String? {
        if let comment { return comment }
        for expression in expressions {
            if let text = expression.remark { return text }
        }
        return nil
    }

    /// What the rule does to packets: without counters, and without a `-m comment`.
    package var essence: [NFTables.Expression] {
        expressions.filter { $0 != .counter && $0.remark == nil }
    }

    /// Whether a packet may end with the rule, or with a chain that it leads to.
    package var mayDrop: Bool {
        switch essence.last {
        case nil, .verdict(.accept), .verdict(.return), .verdict(.continue), .setMeta, .setConnection: false
        default: true
        }
    }

    /// What becomes of every packet that gets to the rule; nil if it does not decide over all of them by itself.
    package var decidesOverAll: NFTables.Base.Policy? {
        let essence = essence
        guard essence.count == 1 else { return nil }
        switch essence[0] {
        case .verdict(.accept): return .accept
        case .verdict(.drop), .other(name: "reject", _): return .drop
        case .other(name: "target", let bytes):
            // As iptables-nft(8) has -j REJECT.
            let target = try? Attributes(bytes[...])
            return target?.string(NFTA_TARGET_NAME) == "REJECT" ? .drop : nil
        default: return nil
        }
    }

    /// The chains that the rule leads to.
    package var targets: [String] {
        expressions.compactMap { expression in
            switch expression {
            case .verdict(.jump(let chain)), .verdict(.goto(let chain)): chain
            default: nil
            }
        }
    }

    /// The one source address that packets of the rule have; nil if it does not ask for one.
    package var source: IPAddress? {
        for (load, comparison) in zip(expressions, expressions.dropFirst()) {
            guard case .payload(let field, let loaded) = load, field.header == .network,
                case .compare(let compared, .equal, let bytes) = comparison, compared == loaded,
                let address = IPAddress(bytes: bytes), Int(field.length) == bytes.count,
                field.offset == (address.family == .v4 ? 12 : 8)  // struct iphdr.saddr, struct ipv6hdr.saddr
            else { continue }
            return address
        }
        return nil
    }
}

extension NFTables.Expression {
    /// The text of a `-m comment`; nil for everything else.
    fileprivate var remark: String? {
        guard case .other(name: "match", let bytes) = self, let match = try? Attributes(bytes[...]),
            match.string(NFTA_MATCH_NAME) == "comment", let text = match[NFTA_MATCH_INFO]
        else { return nil }
        // struct xt_comment_info: 256 bytes that end with a NUL.
        return String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
    }
}
