// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

extension NFTablesBatch {
    /// Adds a rule at the end of its chain, or after the rule with a handle.
    public mutating func add(_ rule: NFTables.Rule, after handle: UInt64? = nil) {
        place(rule, "add", Int(NLM_F_CREATE | NLM_F_APPEND), NFTA_RULE_POSITION, handle)
    }

    /// Adds a rule at the start of its chain, or before the rule with a handle.
    public mutating func insert(_ rule: NFTables.Rule, before handle: UInt64? = nil) {
        place(rule, "insert", Int(NLM_F_CREATE), NFTA_RULE_POSITION, handle)
    }

    /// Puts a rule in the place of the one with a handle.
    public mutating func replace(_ handle: UInt64, with rule: NFTables.Rule) {
        place(rule, "replace", Int(NLM_F_REPLACE), NFTA_RULE_HANDLE, handle)
    }

    /// Removes the rule with a handle.
    public mutating func deleteRule(_ handle: UInt64, chain: String, in table: NFTables.TableName) {
        append("delete rule \(table) \(chain) handle \(handle)", NFT_MSG_DELRULE, flags: 0) { request in
            request.header(table.family)
            request.attribute(NFTA_RULE_TABLE, table.name)
            request.attribute(NFTA_RULE_CHAIN, chain)
            request.attribute(NFTA_RULE_HANDLE, bigEndian: handle)
        }
    }

    /// Removes a rule that was read.
    public mutating func delete(_ rule: NFTables.InstalledRule) {
        deleteRule(rule.handle, chain: rule.rule.chain, in: rule.rule.table)
    }

    private mutating func place(
        _ rule: NFTables.Rule, _ verb: String, _ flags: Int, _ kind: nft_rule_attributes, _ handle: UInt64?
    ) {
        append("\(verb) rule \(rule)", NFT_MSG_NEWRULE, flags: flags) { request in
            rule.encode(into: &request)
            if let handle { request.attribute(kind, bigEndian: handle) }
        }
    }
}
