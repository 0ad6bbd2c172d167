// SPDX-License-Identifier: Apache-2.0

public import CNITypes

/// The name of a pod's link on the host: a prefix and the first 11 digits of a hash, 14 characters.
///
/// Policy engines that come after this plugin in a chain compute the name from the pod's (Calico's rule for a workload
/// endpoint), and find the link by it.
public enum HostLinkName {
    /// The prefix of the links of pods whose traffic the node may handle.
    public static let usualPrefix = "eni"
    /// The prefix of the links of pods on a branch ENI all of whose traffic goes by that.
    public static let strictPrefix = "vlan"

    /// The name for a pod's attachment.
    ///
    /// - Parameters:
    ///   - prefix: At most 4 characters.
    ///   - pod: The pod; without one the attachment's key is hashed.
    public static func name(prefix: String, pod: PodReference?, attachment: Attachment) -> String {
        guard let pod else { return displaced(prefix: prefix, owner: attachment.key) }
        let interface = attachment.interface.rawValue
        // Engines know a pod by one link, that of its first interface.
        let suffix = interface == "eth0" ? "" : ".\(interface)"
        return name(prefix: prefix, hashing: "\(pod.namespace).\(pod.name)\(suffix)")
    }

    /// The name that an attachment's link has when a later container of the same pod needs the pod's.
    ///
    /// - Parameter owner: The attachment's key.
    public static func displaced(prefix: String, owner: String) -> String {
        name(prefix: prefix, hashing: owner)
    }

    private static func name(prefix: String, hashing text: String) -> String {
        prefix + SHA1.hexadecimal(text.utf8).prefix(11)
    }

    /// Whether a prefix can be one: it must not be one of the node's own links, and leave room for the hash.
    public static func isPrefix(_ text: String) -> Bool {
        (1...4).contains(text.utf8.count) && !["eth", "lo", "vlan"].contains(text)
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            }
    }
}
