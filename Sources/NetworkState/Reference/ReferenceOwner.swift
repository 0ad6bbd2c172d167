// SPDX-License-Identifier: Apache-2.0

internal import LinuxCore
internal import Netlink

/// An attachment as the CNI project's own plugins say in the ruleset whose a rule is: by comments.
package struct ReferenceOwner: Hashable, Sendable {
    /// A comment of theirs, and where it is found.
    enum Mark: CaseIterable {
        /// Masquerading by nft(8).
        case masquerade
        /// Masquerading by iptables-nft(8), of IPv4.
        case masquerade4
        /// The same of IPv6.
        case masquerade6
        /// The check of MAC addresses.
        case spoofCheck
    }

    let network: String
    let container: String
    let interface: String

    /// Reads an attachment's key, `NETWORK/CONTAINER/INTERFACE`; nil for what is none.
    package init?(key: String) {
        let parts = key.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3 else { return nil }
        (network, container, interface) = (parts[0], parts[1], parts[2])
    }

    /// The comment of the rules that iptables(8) has made, which all interfaces of a container on one network share.
    package var iptablesComment: String {
        // XT_MAX_COMMENT_LEN, with its NUL.
        String(decoding: "name: \"\(network)\" id: \"\(container)\"".utf8.prefix(255), as: UTF8.self)
    }

    /// What the comment of the rules begins with that nft(8) has made.
    package var nftablesComment: String {
        "\(SHA512.text(network, digits: 16))-\(SHA512.text("\(interface):\(container)", digits: 16))"
    }

    /// The name of the chain that iptables(8) has for a container's masquerading.
    package var iptablesChain: String { "CNI-\(SHA512.text(network + container, digits: 24))" }

    /// Whether a rule at a place of theirs is the attachment's.
    func isOwner(of rule: NFTables.Rule, by mark: Mark) -> Bool {
        guard let remark = rule.remark else { return false }
        switch mark {
        case .masquerade: return remark.hasPrefix(nftablesComment)
        case .masquerade4, .masquerade6: return remark == iptablesComment
        case .spoofCheck: return remark == "macspoofchk-\(container)-\(interface)"
        }
    }
}

extension ReferenceOwner.Mark {
    /// The chain whose rules have it, and lead to the attachment's own chains.
    var entry: (table: NFTables.TableName, chain: String) {
        switch self {
        case .masquerade: (NFTables.TableName(.inet, "cni_plugins_masquerade"), "masq_checks")
        case .masquerade4: (NFTables.TableName(.ip, "nat"), "POSTROUTING")
        case .masquerade6: (NFTables.TableName(.ip6, "nat"), "POSTROUTING")
        case .spoofCheck: (NFTables.TableName(.bridge, "nat"), "PREROUTING")
        }
    }
}
