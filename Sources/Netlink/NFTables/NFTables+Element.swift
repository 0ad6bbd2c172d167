// SPDX-License-Identifier: Apache-2.0

public import Addressing

extension NFTables {
    /// An element of a set or a map.
    public struct Element: Hashable, Sendable {
        /// What a map has for a key.
        public enum Data: Hashable, Sendable {
            /// A value, or several.
            case values([Value])
            /// What becomes of the packet.
            case verdict(Verdict)
        }

        /// The key, or the first that the element stands for.
        public let key: [Value]
        /// The last key that the element stands for; nil if it is the only one.
        public let keyEnd: [Value]?
        /// What a map has for the key.
        public var data: Data?
        /// A text of up to 128 bytes, as in nft(8); Linux 6.18 takes 251.
        public var comment: String?

        /// Creates an element for a key, or for all keys from it up to and including `keyEnd`.
        ///
        /// In a concatenation each field is within its own bounds.
        public init(
            _ key: [Value], through keyEnd: [Value]? = nil, data: Data? = nil, comment: String? = nil
        ) {
            self.key = key
            self.keyEnd = keyEnd == key ? nil : keyEnd
            self.data = data
            self.comment = comment
        }

        /// Creates an element for a key with a verdict.
        public init(_ key: [Value], _ verdict: Verdict, comment: String? = nil) {
            self.init(key, data: .verdict(verdict), comment: comment)
        }

        /// Creates an element for all addresses of a network.
        public init(_ prefix: IPPrefix, data: Data? = nil, comment: String? = nil) {
            self.init(
                [.address(prefix.first)], through: [.address(prefix.last)], data: data,
                comment: comment)
        }
    }
}

extension NFTables.Element: CustomStringConvertible {
    /// As nft(8) writes it: `10.1.0.2 : jump pod`.
    public var description: String {
        var text = key.text
        if let keyEnd {
            text = zip(key, keyEnd).map { $0 == $1 ? $0.description : "\($0)-\($1)" }.joined(separator: " . ")
        }
        switch data {
        case .values(let values): text += " : \(values.text)"
        case .verdict(let verdict): text += " : \(verdict)"
        case nil: break
        }
        return text
    }
}
