// SPDX-License-Identifier: Apache-2.0

public import Addressing
internal import Netlink

extension Node {
    /// A port of the node that leads to a container.
    public struct PublishedPort: Hashable, Sendable {
        /// The protocol over IP: 6 is TCP, 17 UDP, 132 SCTP.
        public var ipProtocol: UInt8
        /// The address of the node that the port is of; nil for all of them.
        public var hostAddress: IPAddress?
        /// The port of the node.
        public var hostPort: UInt16
        /// The container's address.
        public var address: IPAddress
        /// The container's port.
        public var port: UInt16
        /// The attachment that the port belongs to.
        public var attachment: AttachmentMark?

        /// Creates a port that leads to a container's.
        public init(
            _ ipProtocol: UInt8, of hostAddress: IPAddress? = nil, _ hostPort: UInt16, to address: IPAddress,
            _ port: UInt16, attachment: AttachmentMark? = nil
        ) {
            self.ipProtocol = ipProtocol
            self.hostAddress = hostAddress
            self.hostPort = hostPort
            self.address = address
            self.port = port
            self.attachment = attachment
        }
    }

    /// The published ports whose container's address no namespace has.
    ///
    /// They are left over, or their container is one that the survey did not find.
    public var publishedPortsWithoutAddress: [PublishedPort] {
        let addresses = addresses
        return publishedPorts.filter { !addresses.contains($0.address) }
    }

    /// The addresses of all links.
    var addresses: Set<IPAddress> {
        var addresses: Set<IPAddress> = []
        for namespace in namespaces {
            for link in namespace.links { addresses.formUnion(link.addresses.map(\.prefix.address)) }
        }
        return addresses
    }
}
