// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

extension NFTables {
    /// A set of keys, or a map from keys to values or verdicts, which rules look packets up in.
    public struct Set: Hashable, Sendable {
        /// What an element has beside its key.
        public enum Kind: Hashable, Sendable {
            /// Nothing.
            case set
            /// A value of these types.
            case map([FieldType])
            /// A verdict.
            case verdictMap
        }

        /// The table that it is in.
        public let table: TableName
        /// Its name in the table.
        public let name: String
        /// What its keys are; of several, a concatenation.
        public let key: [FieldType]
        /// What an element has beside its key.
        public let kind: Kind
        /// Whether an element may stand for all keys from one to another.
        ///
        /// Not with a mark in the key.
        public let isInterval: Bool
        /// The NFT_SET_… flags that this type has no word for: 0, unless another program made the set.
        public let otherFlags: UInt32
        /// A text of up to 241 bytes (Linux 4.6).
        public var comment: String?

        /// Creates a set.
        public init(
            _ table: TableName, _ name: String, key: [FieldType], kind: Kind = .set, isInterval: Bool = false,
            comment: String? = nil
        ) {
            self.table = table
            self.name = name
            self.key = key
            self.kind = kind
            self.isInterval = isInterval
            otherFlags = 0
            self.comment = comment
        }
    }
}

extension NFTables.Set: CustomStringConvertible {
    /// What it goes by: `inet cni pods4`.
    public var description: String { "\(table) \(name)" }

    /// Whether an interval is two elements, one for its start and one for what follows its end, as in the
    /// kernel's sets of intervals of a single field (nft_set_rbtree.c).
    var splitsIntervals: Bool { isInterval && key.count == 1 }

    /// The flags that follow from the other properties.
    private var impliedFlags: UInt32 {
        var flags: UInt32 = 0
        if kind != .set { flags |= NFT_SET_MAP.rawValue }
        if isInterval { flags |= NFT_SET_INTERVAL.rawValue }
        if isInterval, key.count > 1 { flags |= NFT_SET_CONCAT.rawValue }
        return flags
    }

    /// Appends what a new set is; `id` must be its own in the transaction.
    func encode(into request: inout NetlinkRequest, id: UInt32) {
        request.header(table.family)
        request.attribute(NFTA_SET_TABLE, table.name)
        request.attribute(NFTA_SET_NAME, name)
        request.attribute(NFTA_SET_FLAGS, bigEndian: impliedFlags | otherFlags)
        request.attribute(NFTA_SET_KEY_TYPE, bigEndian: key.number)
        request.attribute(NFTA_SET_KEY_LEN, bigEndian: UInt32(key.totalLength))
        switch kind {
        case .set: break
        case .map(let types):
            request.attribute(NFTA_SET_DATA_TYPE, bigEndian: types.number)
            request.attribute(NFTA_SET_DATA_LEN, bigEndian: UInt32(types.totalLength))
        case .verdictMap:
            request.attribute(NFTA_SET_DATA_TYPE, bigEndian: NFT_DATA_VERDICT.rawValue)
        }
        request.attribute(NFTA_SET_ID, bigEndian: id)
        if isInterval, key.count > 1 { encodeFields(into: &request) }
        request.userData(NFTA_SET_USERDATA, userData)
    }

    /// The lengths of the fields, which the kernel needs to look ranges of concatenations up.
    private func encodeFields(into request: inout NetlinkRequest) {
        request.nest(NFTA_SET_DESC) {
            $0.nest(NFTA_SET_DESC_CONCAT) { request in
                for type in key {
                    request.nest(NFTA_LIST_ELEM) {
                        $0.attribute(NFTA_SET_FIELD_LEN, bigEndian: UInt32(type.length))
                    }
                }
            }
        }
    }

    private var userData: NFTables.UserData {
        var data = NFTables.UserData()
        data.append(NFTables.UserData.keyByteOrder, key.byteOrder)
        if case .map(let types) = kind { data.append(NFTables.UserData.dataByteOrder, types.byteOrder) }
        if let comment { data.append(NFTables.UserData.setComment, text: comment) }
        return data
    }

    init?(_ message: Message) throws(MalformedMessage) {
        guard let (family, attributes) = try message.nftables(NFT_MSG_NEWSET) else { return nil }
        table = NFTables.TableName(
            family, try Attributes.required(attributes.string(NFTA_SET_TABLE), "table of a set"))
        name = try Attributes.required(attributes.string(NFTA_SET_NAME), "set name")
        key = [NFTables.FieldType](
            number: try attributes.bigEndian(NFTA_SET_KEY_TYPE) ?? 0,
            length: Int(try Attributes.required(try attributes.bigEndian(NFTA_SET_KEY_LEN), "key length")))
        let flags = try attributes.bigEndian(NFTA_SET_FLAGS) ?? 0
        isInterval = flags & NFT_SET_INTERVAL.rawValue != 0
        kind = flags & NFT_SET_MAP.rawValue != 0 ? try Self.mapKind(attributes) : .set
        let implied = NFT_SET_MAP.rawValue | NFT_SET_INTERVAL.rawValue | NFT_SET_CONCAT.rawValue
        otherFlags = flags & ~implied
        comment = attributes.userData(NFTA_SET_USERDATA).text(NFTables.UserData.setComment)
    }

    private static func mapKind(_ attributes: Attributes) throws(MalformedMessage) -> Kind {
        let number = try attributes.bigEndian(NFTA_SET_DATA_TYPE) ?? 0
        if number == NFT_DATA_VERDICT.rawValue { return .verdictMap }
        // A map to stateful objects, such as counters, has no length.
        let length = Int(try attributes.bigEndian(NFTA_SET_DATA_LEN) ?? 0)
        return .map([NFTables.FieldType](number: number, length: length))
    }
}
