// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

extension NFTables {
    /// A rule: expressions that are evaluated in order until one does not match or decides.
    ///
    /// The kernel knows rules by number only; ours go by their comment. See `Rule+Phrases` for rules in the
    /// words of nft(8).
    public struct Rule: Hashable, Sendable {
        /// The table that it is in.
        public let table: TableName
        /// The chain that it is in.
        public let chain: String
        /// What it does.
        public var expressions: [Expression]
        /// A text of up to 253 bytes.
        public var comment: String?

        /// Creates a rule.
        public init(
            _ table: TableName, chain: String, comment: String? = nil, _ expressions: [Expression] = []
        ) {
            self.table = table
            self.chain = chain
            self.expressions = expressions
            self.comment = comment
        }

        /// Creates a rule in a chain.
        public init(in chain: Chain, comment: String? = nil, _ expressions: [Expression] = []) {
            self.init(chain.table, chain: chain.name, comment: comment, expressions)
        }
    }

    /// A rule that the kernel has.
    public struct InstalledRule: Hashable, Sendable {
        /// What it does; equal to the rule that was added.
        public let rule: Rule
        /// The number by which the kernel knows it in its table.
        public let handle: UInt64
        /// The handle of the rule before it; nil for the first in its chain.
        public let position: UInt64?
    }
}

extension NFTables.Rule: CustomStringConvertible {
    /// Its place and comment: `inet cni postrouting comment "isolation"`.
    public var description: String {
        let place = "\(table) \(chain)"
        return comment.map { "\(place) comment \"\($0)\"" } ?? place
    }

    /// Its place, and the text that says whose it is.
    package var text: String {
        remark.map { "\(table) \(chain), comment \($0)" } ?? "\(table) \(chain)"
    }

    func encode(into request: inout NetlinkRequest) {
        request.header(table.family)
        request.attribute(NFTA_RULE_TABLE, table.name)
        request.attribute(NFTA_RULE_CHAIN, chain)
        request.nest(NFTA_RULE_EXPRESSIONS) { request in
            for expression in expressions {
                request.nest(NFTA_LIST_ELEM) { expression.encode(into: &$0) }
            }
        }
        request.userData(NFTA_RULE_USERDATA, NFTables.UserData(comment: comment))
    }
}

extension NFTables.InstalledRule {
    init?(_ message: Message) throws(MalformedMessage) {
        guard let (family, attributes) = try message.nftables(NFT_MSG_NEWRULE) else { return nil }
        let table = try Attributes.required(attributes.string(NFTA_RULE_TABLE), "table of a rule")
        var expressions: [NFTables.Expression] = []
        for expression in try attributes.nest(NFTA_RULE_EXPRESSIONS).contents() {
            expressions.append(try NFTables.Expression(Attributes(expression)))
        }
        rule = NFTables.Rule(
            NFTables.TableName(family, table),
            chain: try Attributes.required(attributes.string(NFTA_RULE_CHAIN), "chain of a rule"),
            comment: attributes.userData(NFTA_RULE_USERDATA).text(NFTables.UserData.comment), expressions)
        handle = try Attributes.required(
            try attributes.bigEndian(Int(NFTA_RULE_HANDLE.rawValue), UInt64.self), "handle of a rule")
        position = try attributes.bigEndian(Int(NFTA_RULE_POSITION.rawValue), UInt64.self)
    }
}
