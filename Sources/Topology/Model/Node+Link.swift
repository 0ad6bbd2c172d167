// SPDX-License-Identifier: Apache-2.0

public import Addressing
public import Netlink

extension Node {
    /// A link (network interface) with its addresses.
    public struct Link: Hashable, Sendable {
        /// Its number in its namespace.
        public var index: UInt32
        /// Its name in its namespace.
        public var name: String
        /// What it is, with the settings of its kind; nil for a physical device and the loopback.
        public var kind: LinkKind?
        /// The MTU in bytes.
        public var mtu: UInt32?
        /// The link-layer address.
        public var mac: MACAddress?
        /// Whether it is administratively up.
        public var isUp: Bool
        /// Whether it can carry packets now.
        public var isOperational: Bool
        /// The number of the bridge or other link that it belongs to.
        public var master: UInt32?
        /// The number of the link that it is a pair with or rests on.
        public var peer: UInt32?
        /// The number by which this namespace knows the peer's; nil if it is the same one.
        public var peerNamespace: Int32?
        /// A text that somebody gave it (`ip link set alias`).
        public var alias: String?
        /// Its addresses.
        public var addresses: [InterfaceAddress]

        /// Creates a link that is up and has no addresses.
        public init(_ index: UInt32, _ name: String, _ kind: LinkKind? = nil) {
            self.index = index
            self.name = name
            self.kind = kind
            isUp = true
            isOperational = true
            addresses = []
        }

        /// The attachment that the alias says the link belongs to.
        public var attachment: AttachmentMark? { alias.flatMap { AttachmentMark($0) } }

        /// Whether it is one end of a virtual cable.
        public var isVeth: Bool { if case .veth = kind { true } else { false } }

        /// Whether it is a software switch.
        public var isBridge: Bool { if case .bridge = kind { true } else { false } }

        /// The settings of a VXLAN tunnel.
        public var vxlan: VXLAN? { if case .vxlan(let settings) = kind { settings } else { nil } }

        /// Whether it is a loopback interface with nothing but loopback addresses: one that pictures leave out.
        public var isIdleLoopback: Bool {
            name == "lo" && kind == nil && index == 1 && addresses.allSatisfy(\.prefix.address.isLoopback)
        }
    }
}

extension Node.Link {
    init(_ link: Netlink.Link) {
        self.init(link.index, link.name, link.kind)
        mtu = link.attributes.mtu
        mac = link.attributes.mac
        isUp = link.attributes.isUp ?? false
        isOperational = link.isOperational
        master = link.master.flatMap { $0 == 0 ? nil : $0 }
        peer = link.peer.flatMap { $0 == 0 ? nil : $0 }
        peerNamespace = link.peerNamespace
        alias = link.attributes.alias
    }
}
