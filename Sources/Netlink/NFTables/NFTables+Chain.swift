// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

extension NFTables {
    /// A list of rules.
    ///
    /// With a ``Base`` packets come in from the kernel, without one by a jump only.
    public struct Chain: Hashable, Sendable {
        /// The table that it is in.
        public let table: TableName
        /// Its name in the table.
        public let name: String
        /// Where packets come in; nil for a chain that others jump to.
        public var base: Base?
        /// A text of up to 253 bytes (Linux 5.10).
        public var comment: String?

        /// Creates a chain.
        public init(_ table: TableName, _ name: String, base: Base? = nil, comment: String? = nil) {
            self.table = table
            self.name = name
            self.base = base
            self.comment = comment
        }
    }
}

extension NFTables.Chain: CustomStringConvertible {
    /// What it goes by: `inet cni postrouting`.
    public var description: String { "\(table) \(name)" }

    func encode(into request: inout NetlinkRequest) {
        request.header(table.family)
        request.attribute(NFTA_CHAIN_TABLE, table.name)
        request.attribute(NFTA_CHAIN_NAME, name)
        base?.encode(into: &request, table.family)
        request.userData(NFTA_CHAIN_USERDATA, NFTables.UserData(comment: comment))
    }

    init?(_ message: Message) throws(MalformedMessage) {
        guard let (family, attributes) = try message.nftables(NFT_MSG_NEWCHAIN) else { return nil }
        table = NFTables.TableName(
            family, try Attributes.required(attributes.string(NFTA_CHAIN_TABLE), "table of a chain"))
        name = try Attributes.required(attributes.string(NFTA_CHAIN_NAME), "chain name")
        base = try NFTables.Base(attributes, family)
        comment = attributes.userData(NFTA_CHAIN_USERDATA).text(NFTables.UserData.comment)
    }
}
