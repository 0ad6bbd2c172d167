// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

extension NFTablesSocket {
    /// The rules of a chain in their order, or of all chains of the table; none if there is no such chain.
    public func rules(
        in table: NFTables.TableName, chain: String? = nil
    ) throws(NetlinkError) -> [NFTables.InstalledRule] {
        let operation = chain.map { "list chain \(table) \($0)" } ?? "list table \(table)"
        return try list(operation, NFT_MSG_GETRULE, table.family, NFTables.InstalledRule.init) { request in
            request.attribute(NFTA_RULE_TABLE, table.name)
            if let chain { request.attribute(NFTA_RULE_CHAIN, chain) }
        }
        // Kernels before 4.10 do not look at the names.
        .filter { $0.rule.table == table && (chain == nil || $0.rule.chain == chain) }
    }

    /// The chains of a table and whether they are in use; none if there is no such table.
    ///
    /// A chain is unused that no base and no jump refers to. The kernel counts a chain's rules among its uses
    /// (nft_chain.use). Asking saves an attempt to delete one that is in use, which the kernel takes back only after a
    /// grace period of some 10 ms.
    package func chainsWithUses(in table: NFTables.TableName) throws(NetlinkError) -> [ChainUse] {
        var chains = try chainUses(in: table)
        guard chains.contains(where: { !$0.isBase }) else { return chains }
        for rule in try rules(in: table) {
            for index in chains.indices where chains[index].name == rule.rule.chain {
                chains[index].uses &-= 1  // a rule made meanwhile makes it a large number: used
            }
        }
        return chains
    }

    /// The chains of a table that have no rule and that nothing leads to; none if there is no such table.
    package func idleChains(in table: NFTables.TableName) throws(NetlinkError) -> [NFTables.Chain] {
        try chainUses(in: table).filter { $0.uses == 0 }.map(\.chain)
    }

    private func chainUses(in table: NFTables.TableName) throws(NetlinkError) -> [ChainUse] {
        try list(
            "list chains \(table)", NFT_MSG_GETCHAIN, table.family,
            { message throws(MalformedMessage) -> ChainUse? in
                guard let chain = try NFTables.Chain(message), chain.table == table else { return nil }
                let uses = try message.nftables(NFT_MSG_NEWCHAIN)?.1.bigEndian(NFTA_CHAIN_USE)
                return ChainUse(chain: chain, uses: uses ?? .max)
            }, { _ in })
    }

    /// A chain by how much it is used.
    package struct ChainUse: Sendable {
        let chain: NFTables.Chain
        /// The name.
        package var name: String { chain.name }
        var isBase: Bool { chain.base != nil }
        /// How many jumps and elements refer to it; at first, its rules too.
        var uses: UInt32
        /// Whether it can be deleted.
        package var isUnused: Bool { !isBase && uses == 0 }
    }

    /// All elements of a set, sorted by key; nil if there is no such set.
    public func elements(of set: NFTables.Set) throws(NetlinkError) -> [NFTables.Element]? {
        let operation = "list set \(set)"
        let records: [[ElementRecord]]
        do throws(NetlinkError) {
            records = try list(
                operation, NFT_MSG_GETSETELEM, set.table.family,
                { message throws(MalformedMessage) in try ElementRecord.all(in: message, of: set) },
                { request in
                    request.attribute(NFTA_SET_ELEM_LIST_TABLE, set.table.name)
                    request.attribute(NFTA_SET_ELEM_LIST_SET, set.name)
                })
        } catch  where error.meansAbsence {
            return nil
        }
        do throws(MalformedMessage) {
            return try set.elements(of: records.flatMap { $0 })
        } catch {
            throw NetlinkError(operation: operation, malformed: error)
        }
    }

    /// The tables of all families.
    public func tables() throws(NetlinkError) -> [NFTables.Table] {
        try list("list tables", NFT_MSG_GETTABLE, nil, NFTables.Table.init) { _ in }
    }

    /// The chains of a table; none if there is no such table.
    public func chains(in table: NFTables.TableName) throws(NetlinkError) -> [NFTables.Chain] {
        try list("list chains \(table)", NFT_MSG_GETCHAIN, table.family, NFTables.Chain.init) {
            $0.attribute(NFTA_CHAIN_TABLE, table.name)
        }
        .filter { $0.table == table }
    }

    /// The sets and maps of a table; none if there is no such table.
    public func sets(in table: NFTables.TableName) throws(NetlinkError) -> [NFTables.Set] {
        do throws(NetlinkError) {
            return try list("list sets \(table)", NFT_MSG_GETSET, table.family, NFTables.Set.init) {
                $0.attribute(NFTA_SET_TABLE, table.name)
            }
        } catch  where error.meansAbsence {
            return []
        }
    }

    /// Asks for all objects of a type, in all families if `family` is nil.
    private func list<Value>(
        _ operation: String, _ type: nf_tables_msg_types, _ family: NFTables.Family?,
        _ decode: (Message) throws(MalformedMessage) -> Value?, _ filter: (inout NetlinkRequest) -> Void
    ) throws(NetlinkError) -> [Value] {
        let messages = try socket.dump(operation, type: type.messageType) { request in
            request.header(
                nfgenmsg(nfgen_family: family?.number ?? 0, version: UInt8(NFNETLINK_V0), res_id: 0))
            filter(&request)
        }
        return try NetlinkSocket.decode(operation, messages, decode)
    }
}
