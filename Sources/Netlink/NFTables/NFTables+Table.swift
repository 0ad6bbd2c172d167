// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

extension NFTables {
    /// A table: a name for a group of chains and sets, which go when it goes.
    public struct Table: Hashable, Sendable {
        /// What it goes by.
        public let name: TableName
        /// A text of up to 253 bytes (Linux 5.10).
        public var comment: String?
        /// Whether its chains see no packet for now.
        public var isDormant = false

        /// Creates a table.
        public init(_ name: TableName, comment: String? = nil) {
            self.name = name
            self.comment = comment
        }

        func encode(into request: inout NetlinkRequest) {
            request.header(name.family)
            request.attribute(NFTA_TABLE_NAME, name.name)
            request.attribute(
                NFTA_TABLE_FLAGS, bigEndian: isDormant ? UInt32(NFT_TABLE_F_DORMANT.rawValue) : 0)
            request.userData(NFTA_TABLE_USERDATA, UserData(comment: comment))
        }

        init?(_ message: Message) throws(MalformedMessage) {
            guard let (family, attributes) = try message.nftables(NFT_MSG_NEWTABLE) else { return nil }
            name = TableName(
                family, try Attributes.required(attributes.string(NFTA_TABLE_NAME), "table name"))
            comment = attributes.userData(NFTA_TABLE_USERDATA).text(UserData.comment)
            let flags = try attributes.bigEndian(NFTA_TABLE_FLAGS) ?? 0
            isDormant = flags & UInt32(NFT_TABLE_F_DORMANT.rawValue) != 0
        }
    }
}
