// SPDX-License-Identifier: Apache-2.0

package import CNIPlugin

/// The firewall plugin's keys.
public struct FirewallConfiguration: Sendable {
    /// From where a container is reached.
    public enum IngressPolicy: String, Sendable {
        /// From everywhere, as far as the rest of the ruleset lets it.
        case open
        /// Not from containers on other bridges that have a policy.
        case sameBridge = "same-bridge"
        /// From no container that has a policy.
        case isolated
    }

    /// From where a container is reached.
    public let ingressPolicy: IngressPolicy
    /// The name of the administrator's chain, in iptables' `filter`.
    public let adminChain: String

    /// Every key that is read here.
    package static let keys = ["backend", "iptablesAdminChainName", "firewalldZone", "ingressPolicy"]

    /// The chains that iptables has itself, the words after -j that name none, and nft(8)'s for what a rule decides, which it
    /// could not read again as a name.
    private static let takenNames = [
        "INPUT", "FORWARD", "OUTPUT", "ACCEPT", "DROP", "REJECT", "RETURN", "QUEUE",
        "accept", "drop", "reject", "return", "queue", "continue", "jump", "goto", "log", "counter",
    ]

    /// Reads the keys, with the defaults that users of the Go plugin know.
    package init(_ keys: JSONCursor) throws(CNIError) {
        if try keys["backend"].text() == "firewalld" {
            throw keys["backend"].failure(
                "firewalld is not asked: have it trust the containers' networks itself, "
                    + "firewall-cmd --permanent --zone=trusted --add-source=PREFIX, and leave backend out")
        }
        _ = try keys["firewalldZone"].text()
        let policy = try keys["ingressPolicy"].nonEmptyText() ?? IngressPolicy.open.rawValue
        guard let known = IngressPolicy(rawValue: policy) else {
            throw keys["ingressPolicy"].failure("\"\(policy)\" is none of open, same-bridge and isolated")
        }
        ingressPolicy = known
        let chain = try keys["iptablesAdminChainName"].nonEmptyText() ?? "CNI-ADMIN"
        // What iptables takes for a chain's name (XT_EXTENSION_MAXNAMELEN), and nft(8) for a word.
        let isName =
            chain.utf8.count < 29 && chain.utf8.first != UInt8(ascii: "-")
            && chain.utf8.allSatisfy { byte in
                let letter = byte | 0x20
                return UInt8(ascii: "a")...UInt8(ascii: "z") ~= letter
                    || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || byte == UInt8(ascii: "-")
                    || byte == UInt8(ascii: "_")
            }
        if !isName || Self.takenNames.contains(chain) {
            throw keys["iptablesAdminChainName"].failure("\"\(chain)\" is no name for a chain")
        }
        adminChain = chain
    }
}
