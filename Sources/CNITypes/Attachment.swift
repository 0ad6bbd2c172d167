// SPDX-License-Identifier: Apache-2.0

/// A container's attachment to a network: what one ADD makes and one DEL takes away.
///
/// The three parts are the primary key that the specification asks plugins to store state under.
public struct Attachment: Hashable, Sendable {
    /// The network.
    public let network: NetworkName
    /// The container.
    public let containerID: ContainerID
    /// The interface in the container.
    public let interface: InterfaceName

    /// Creates an attachment from its parts.
    public init(network: NetworkName, containerID: ContainerID, interface: InterfaceName) {
        self.network = network
        self.containerID = containerID
        self.interface = interface
    }

    /// The text that marks kernel objects as this attachment's: `network/containerID/interface`.
    ///
    /// At most 121 bytes, as nftables comments have room for 128: a network name above 40 bytes and a container ID above 64 are cut, and end in
    /// a hash of the whole. It is stored in the kernel (link aliases, nftables comments), so it is
    /// the same in every version of this module.
    public var key: String {
        AttachmentReference(containerID: containerID.rawValue, ifname: interface.rawValue).key(in: network)
    }
}

/// An attachment as the runtime lists it for GC, where the network goes without saying.
///
/// The parts are as the runtime wrote them: one that no ADD could have been called with matches nothing.
public struct AttachmentReference: Hashable, Sendable {
    /// The container.
    public let containerID: String
    /// The interface in the container.
    public let ifname: String

    /// Creates a reference from its parts.
    public init(containerID: String, ifname: String) {
        self.containerID = containerID
        self.ifname = ifname
    }

    /// The ``Attachment/key`` of the attachment to a network.
    public func key(in network: NetworkName) -> String {
        "\(network.keyPrefix)\(containerID.limited(to: 64))/\(ifname.limited(to: 15))"
    }
}

extension AttachmentReference {
    /// Reads an element of a list.
    ///
    /// - Parameter interface: The key of the interface.
    init(_ cursor: JSONCursor, interface: String = "ifname") throws(CNIError) {
        try cursor.requireObject()
        self.init(
            containerID: try cursor["containerID"].required(cursor["containerID"].text()),
            ifname: try cursor[interface].required(cursor[interface].text()))
    }
}

extension NetworkName {
    /// What the ``Attachment/key`` of every attachment to this network starts with, and no other.
    public var keyPrefix: String { "\(rawValue.limited(to: 40))/" }
}

extension String {
    /// The text if it has no more bytes than `limit`, else its start and a hash of the whole.
    ///
    /// `~` is in no valid identifier, so that a cut text is never an uncut one.
    fileprivate func limited(to limit: Int) -> String {
        guard utf8.count > limit else { return self }
        let hash = String(WideHash.number(Array(utf8)), radix: 36)
        let kept = utf8.prefix(max(0, limit - hash.utf8.count - 1))
        return "\(String(decoding: kept, as: UTF8.self))~\(hash)"
    }
}
