// SPDX-License-Identifier: Apache-2.0

package import Addressing
package import Netlink

extension NFTables.Chain {
    /// A name for a chain about a network, `from-10.1.0.0/24`; nft(8) takes no colons in names.
    package static func name(_ word: String, _ network: IPPrefix) -> String {
        let (colon, line) = (UInt8(ascii: ":"), UInt8(ascii: "_"))
        return String(decoding: "\(word)-\(network)".utf8.map { $0 == colon ? line : $0 }, as: UTF8.self)
    }
}
