// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

extension NFTables {
    /// A question for one object.
    public enum Query: Hashable, Sendable {
        /// Is there this table?
        case table(TableName)
        /// Is there this chain?
        case chain(TableName, String)
        /// Is there this set or map?
        case set(TableName, String)
        /// Is there an element that stands for this key?
        case element([Value], in: Set)
    }

    /// The answer to a ``Query``.
    public enum Answer: Hashable, Sendable {
        /// The table.
        case table(Table)
        /// The chain.
        case chain(Chain)
        /// The set or map.
        case set(Set)
        /// The element.
        case element(Element)
        /// There is none, or nothing that it would be in.
        case absent
    }
}

extension NFTables.Query: CustomStringConvertible {
    /// In the words of nft(8): `list chain inet cni postrouting`.
    public var description: String {
        switch self {
        case .table(let table): "list table \(table)"
        case .chain(let table, let name): "list chain \(table) \(name)"
        case .set(let table, let name): "list set \(table) \(name)"
        case .element(let key, let set): "get element \(set) { \(key.text) }"
        }
    }

    /// Whether only a list of the set's elements can answer it.
    ///
    /// The end of an interval is a record of its own, and the kernel of Linux 6.18 does not reply to the
    /// question for it where there is none: where the interval goes up to the last key.
    var needsList: Bool {
        if case .element(_, let set) = self { set.splitsIntervals } else { false }
    }

    /// Appends the message that asks it.
    func append(to batch: inout Batch) {
        switch self {
        case .table(let table):
            batch.append(description, type: NFT_MSG_GETTABLE.messageType) { request in
                request.header(table.family)
                request.attribute(NFTA_TABLE_NAME, table.name)
            }
        case .chain(let table, let name):
            batch.append(description, type: NFT_MSG_GETCHAIN.messageType) { request in
                request.header(table.family)
                request.attribute(NFTA_CHAIN_TABLE, table.name)
                request.attribute(NFTA_CHAIN_NAME, name)
            }
        case .set(let table, let name):
            batch.append(description, type: NFT_MSG_GETSET.messageType) { request in
                request.header(table.family)
                request.attribute(NFTA_SET_TABLE, table.name)
                request.attribute(NFTA_SET_NAME, name)
            }
        case .element(let key, let set):
            batch.append(description, type: NFT_MSG_GETSETELEM.messageType) { request in
                NFTablesBatch.encode([ElementRecord(key: key.bytes)], of: set, into: &request)
            }
        }
    }

    /// Decodes the message that answers it.
    func answer(_ message: Message) throws(MalformedMessage) -> NFTables.Answer {
        switch self {
        case .table: return try NFTables.Table(message).map(NFTables.Answer.table) ?? .absent
        case .chain: return try NFTables.Chain(message).map(NFTables.Answer.chain) ?? .absent
        case .set: return try NFTables.Set(message).map(NFTables.Answer.set) ?? .absent
        case .element(_, let set):
            let records = try ElementRecord.all(in: message, of: set) ?? []
            return try set.elements(of: records).first.map(NFTables.Answer.element) ?? .absent
        }
    }
}
