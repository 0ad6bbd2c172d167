// SPDX-License-Identifier: Apache-2.0

public import Netlink

/// Whose an object of the kernel is: the one rule that everything asks which makes, changes or removes something.
///
/// What is ours says so in the kernel. A link has an alias, an element of a set a comment; both are the owner's key,
/// `NETWORK/CONTAINER/INTERFACE`. What attachments share has ``sharedMark`` there. What has no room for a text (a route, a
/// rule, a neighbour, an address) has ``routingProtocol``, and which attachment's it is is in a record below /run. What
/// says nothing of this is somebody else's, regardless of its name or shape.
public enum Ownership {
    /// The mark of links, tables, chains and sets that attachments share.
    ///
    /// A table's comment may go on after it.
    public static let sharedMark = "swift-cni"

    /// The protocol (RTPROT_…, IFAPROT_…) of routes, rules, neighbours and addresses that attachments make on the host.
    ///
    /// Of those that rtnetlink(7) leaves to users, and in no rt_protos file of iproute2.
    public static let routingProtocol = RoutingProtocol(rawValue: 68)

    /// The owners of an element, by its comment: an address that two networks have in common has two.
    public static func owners(ofComment comment: String?) -> [String] {
        comment.map { $0.split(separator: " ").map(String.init) } ?? []
    }

    /// The comment of an element with these owners; nil if there is none.
    public static func comment(of owners: [String]) -> String? {
        var text = owners.first
        for owner in owners.dropFirst() { text = text.map { "\($0) \(owner)" } }
        return text
    }

    /// The most bytes that an element's comment can have (NFT_USERDATA_MAXLEN without the kernel's and nft(8)'s own).
    static var longestComment: Int { 251 }

    /// Whether a table, chain or set with this comment was made here.
    public static func isShared(comment: String?) -> Bool { comment?.hasPrefix(sharedMark) ?? false }

    /// Whether a link with this alias was made here for all: it is ``sharedMark``, after which may come a colon and words.
    ///
    /// No attachment's key has a colon where its network's name ends.
    public static func isShared(alias: String?) -> Bool {
        alias == sharedMark || alias?.hasPrefix("\(sharedMark): ") ?? false
    }
}
