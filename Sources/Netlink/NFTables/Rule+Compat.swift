// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import CLibNL

extension NFTables.Rule {
    /// The text that says whose the rule is: nft(8)'s comment, or that of a `-m comment` that iptables-nft(8) has written.
    package var remark: String? {
        if let comment { return comment }
        for case .other(name: "match", let bytes) in expressions {
            // struct xt_comment_info: 256 bytes that end with a NUL.
            guard let match = try? Attributes(bytes[...]), match.string(NFTA_MATCH_NAME) == "comment",
                let text = match[NFTA_MATCH_INFO]
            else { continue }
            return String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
        }
        return nil
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
