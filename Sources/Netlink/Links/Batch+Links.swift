// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

/// Which link a request is about.
public enum LinkReference: Hashable, Sendable, CustomStringConvertible {
    /// By its name.
    case name(String)
    /// By its number.
    case index(UInt32)

    /// The name, or `index 3`.
    public var description: String {
        switch self {
        case .name(let name): name
        case .index(let index): "index \(index)"
        }
    }

    var header: ifinfomsg {
        var header = ifinfomsg()
        if case .index(let index) = self { header.ifi_index = CInt(bitPattern: index) }
        return header
    }

    func encode(into request: inout NetlinkRequest) {
        if case .name(let name) = self { request.attribute(Int(IFLA_IFNAME), name) }
    }
}

/// A link in the words of ip(8): by its name if that is known.
func device(_ index: UInt32, _ name: String?) -> String { "dev \(name ?? "index \(index)")" }

extension Batch {
    /// Creates a link.
    ///
    /// As `ip link add NAME [link PARENT] [netns NAMESPACE] type KIND`.
    ///
    /// Takes a second request for settings that the kernel takes only for a link that exists; both go to the
    /// kernel in one system call. A link in another namespace gets those by a session there.
    ///
    /// - Parameters:
    ///   - parent: The link that it rests on, for kinds that need one.
    ///   - namespace: The descriptor of the namespace it is made in; nil for the session's. The kernel looks for the name
    ///     in the session's namespace, too, and says EEXIST for one that is there (before Linux 6.13).
    public mutating func addLink(
        _ name: String, _ kind: LinkKind, _ attributes: LinkAttributes = .init(), parent: LinkParent? = nil,
        namespace: CInt? = nil
    ) {
        let needsSecondRequest = attributes.needsSecondRequest && namespace == nil
        let isUpLater = needsSecondRequest && attributes.comesUpWithMode
        var created = attributes
        if isUpLater { created.isUp = nil }
        let flags = created.flags
        append(
            "link add \(name)\(parent?.text ?? "") type \(kind.text)", type: Int(RTM_NEWLINK),
            flags: Verb.add.flags
        ) { request in
            var header = ifinfomsg()
            header.ifi_flags = flags.value
            header.ifi_change = flags.mask
            request.header(header)
            request.attribute(Int(IFLA_IFNAME), name)
            parent?.encode(into: &request)
            if let namespace { request.attribute(Int(IFLA_NET_NS_FD), namespace) }
            attributes.encodeForCreation(into: &request)
            kind.encode(into: &request)
        }
        if needsSecondRequest { setLink(.name(name), attributes) }
    }

    /// Changes a link's settings, and with `master` the bridge that it is a port of, 0 for none.
    ///
    /// As `ip link set`.
    public mutating func setLink(
        _ link: LinkReference, _ attributes: LinkAttributes, master: UInt32? = nil
    ) {
        var attributes = attributes
        let comesUp = attributes.comesUpWithMode
        if comesUp { attributes.isUp = nil }
        let flags = attributes.flags
        append("link set \(link)", type: Int(RTM_NEWLINK)) { request in
            var header = link.header
            header.ifi_flags = flags.value
            header.ifi_change = flags.mask
            request.header(header)
            link.encode(into: &request)
            if let master { request.attribute(Int(IFLA_MASTER), master) }
            attributes.encode(into: &request)
        }
        if comesUp { setLink(link, LinkAttributes(isUp: true)) }
    }

    /// Changes the settings that are particular to a link's kind.
    ///
    /// As `ip link set NAME type KIND`.
    public mutating func setLink(_ link: LinkReference, kind: LinkKind) {
        append("link set \(link) type \(kind.text)", type: Int(RTM_NEWLINK)) { request in
            request.header(link.header)
            link.encode(into: &request)
            kind.encode(into: &request)
        }
    }

    /// Changes a link's settings as a port.
    ///
    /// As `bridge link set dev NAME`.
    public mutating func setPort(_ link: LinkReference, _ port: BridgePort) {
        append("bridge link set dev \(link)", type: Int(RTM_NEWLINK)) { request in
            request.header(link.header)
            link.encode(into: &request)
            port.encode(into: &request)
        }
    }

    /// Gives a link another name; it must be down before Linux 6.2.
    ///
    /// As `ip link set NAME name NEW`.
    public mutating func renameLink(_ index: UInt32, named oldName: String? = nil, to name: String) {
        append("link set \(oldName ?? "index \(index)") name \(name)", type: Int(RTM_NEWLINK)) { request in
            request.header(LinkReference.index(index).header)
            request.attribute(Int(IFLA_IFNAME), name)
        }
    }

    /// Removes a link, and a veth's peer with it.
    ///
    /// As `ip link delete`.
    ///
    /// - Parameters:
    ///   - link: By its name, or by its number: that one whatever has its name by now.
    ///   - name: Its name, for errors.
    public mutating func deleteLink(_ link: LinkReference, named name: String? = nil) {
        append("link delete \(name ?? link.description)", type: Int(RTM_DELLINK)) { request in
            request.header(link.header)
            link.encode(into: &request)
        }
    }
}
