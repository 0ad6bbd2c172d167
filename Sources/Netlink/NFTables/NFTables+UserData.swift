// SPDX-License-Identifier: Apache-2.0

extension NFTables {
    /// What nft(8) keeps beside an object and the kernel does not look into: type, length and value of each
    /// fact, one byte each for type and length (libnftnl's udata.h).
    struct UserData {
        /// NFTNL_UDATA_{TABLE,CHAIN,RULE,SET_ELEM}_COMMENT.
        static let comment: UInt8 = 0
        /// NFTNL_UDATA_SET_KEYBYTEORDER.
        static let keyByteOrder: UInt8 = 0
        /// NFTNL_UDATA_SET_DATABYTEORDER.
        static let dataByteOrder: UInt8 = 1
        /// NFTNL_UDATA_SET_COMMENT.
        static let setComment: UInt8 = 7

        private(set) var bytes: [UInt8] = []

        /// A comment, as a table, chain, rule or element has it; nothing for nil.
        init(comment: String?) {
            if let comment { append(Self.comment, text: comment) }
        }

        init(_ bytes: [UInt8] = []) { self.bytes = bytes }

        /// Appends a NUL-terminated text.
        ///
        /// One that is too long for its length byte is also too long for the kernel (256 bytes,
        /// NFT_USERDATA_MAXLEN), which refuses the object.
        mutating func append(_ type: UInt8, text: String) {
            let text = [UInt8](text.utf8) + [0]
            bytes += [type, UInt8(truncatingIfNeeded: text.count)] + text
        }

        mutating func append(_ type: UInt8, _ number: UInt32) {
            bytes += [type, 4] + withUnsafeBytes(of: number) { [UInt8]($0) }
        }

        /// The text of the first fact of a type; nil if there is none, or the bytes are not of this form.
        func text(_ type: UInt8) -> String? {
            var rest = bytes[...]
            while let kind = rest.popFirst(), let length = rest.popFirst(), length <= rest.count {
                if kind == type {
                    return String(decoding: rest.prefix(Int(length)).prefix { $0 != 0 }, as: UTF8.self)
                }
                rest = rest.dropFirst(Int(length))
            }
            return nil
        }
    }
}

extension NetlinkRequest {
    /// Appends user data if there is any.
    mutating func userData(_ kind: some RawRepresentable<UInt32>, _ data: NFTables.UserData) {
        if !data.bytes.isEmpty { attribute(kind, bytes: data.bytes) }
    }
}

extension Attributes {
    func userData(_ kind: some RawRepresentable<UInt32>) -> NFTables.UserData {
        NFTables.UserData([UInt8](self[kind] ?? []))
    }
}
