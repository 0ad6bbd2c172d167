// SPDX-License-Identifier: Apache-2.0

public import Addressing

extension Node {
    /// Two links of a node that belong together.
    public struct Connection: Hashable, Sendable {
        /// One of the two links.
        public struct End: Hashable, Sendable {
            /// The position of its namespace in ``Node/namespaces``.
            public var namespace: Int
            /// Its number in the namespace.
            public var link: UInt32

            /// Creates an end.
            public init(namespace: Int, link: UInt32) {
                self.namespace = namespace
                self.link = link
            }
        }

        /// How two links belong together.
        public enum Kind: String, Hashable, Sendable {
            /// They are the two ends of a virtual cable.
            case veth
            /// The second rests on the first, as a VLAN or a macvlan does.
            case lower
        }

        /// How they belong together.
        public var kind: Kind
        /// The end whose namespace comes first, or the link that the other rests on.
        public var first: End
        /// The other end.
        public var second: End

        /// Creates a connection.
        public init(_ kind: Kind, _ first: End, _ second: End) {
            self.kind = kind
            self.first = first
            self.second = second
        }
    }

    /// An address whose connections leave the machine under the machine's own address.
    public struct Masquerade: Hashable, Sendable {
        /// The address.
        public var address: IPAddress
        /// The attachment that the address belongs to.
        public var attachment: AttachmentMark?

        /// Creates a masquerade.
        public init(_ address: IPAddress, attachment: AttachmentMark? = nil) {
            self.address = address
            self.attachment = attachment
        }
    }
}

/// An attachment as it is marked in the kernel: `NETWORK/CONTAINER/INTERFACE`.
///
/// The text of a link's alias or an nf_tables element's comment, which anybody may have written there: the parts
/// are not known to be valid names.
public struct AttachmentMark: Hashable, Sendable, CustomStringConvertible {
    /// The network's name.
    public var network: String
    /// The container's identifier.
    public var container: String
    /// The interface's name in the container.
    public var interface: String

    /// Creates a mark from its parts.
    public init(network: String, container: String, interface: String) {
        self.network = network
        self.container = container
        self.interface = interface
    }

    /// Takes a mark apart; nil if it has not three parts.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, parts.allSatisfy({ !$0.isEmpty }) else { return nil }
        self.init(network: String(parts[0]), container: String(parts[1]), interface: String(parts[2]))
    }

    /// Takes apart the marks of all who share an object, with a blank between them; nil if one is none.
    public static func all(in text: String) -> [AttachmentMark]? {
        var marks: [AttachmentMark] = []
        for part in text.split(separator: " ", omittingEmptySubsequences: false) {
            guard let mark = AttachmentMark(String(part)) else { return nil }
            marks.append(mark)
        }
        return marks
    }

    /// The three parts with slashes between them.
    public var description: String { "\(network)/\(container)/\(interface)" }
}
