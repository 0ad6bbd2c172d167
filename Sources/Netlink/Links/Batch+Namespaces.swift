// SPDX-License-Identifier: Apache-2.0

internal import CLibNL
public import Namespaces

// Links and other namespaces, whose handles must live until the batch was sent.
extension Batch {
    /// Creates a link in another namespace: ``addLink(_:_:_:parent:namespace:)``.
    ///
    /// As `ip link add NAME [link PARENT] netns NAMESPACE type KIND`.
    public mutating func addLink(
        _ name: String, _ kind: LinkKind, _ attributes: LinkAttributes = .init(), parent: LinkParent? = nil,
        in namespace: borrowing NetworkNamespace
    ) {
        addLink(name, kind, attributes, parent: parent, namespace: namespace.rawDescriptor)
    }

    /// Moves a link into another namespace, where it has another name from the first moment on.
    ///
    /// As `ip link set NAME netns NAMESPACE name NEW`. It is down afterwards, and has no addresses; its alias stays.
    ///
    /// - Parameters:
    ///   - index: Its number in the session's namespace.
    ///   - oldName: Its name there, for errors.
    ///   - namespace: The namespace's descriptor.
    ///   - words: The namespace, for errors.
    ///   - name: Its name in the namespace; nil to keep its own. EEXIST if that is taken.
    package mutating func moveLink(
        _ index: UInt32, named oldName: String? = nil, to namespace: CInt, described words: String? = nil,
        as name: String? = nil
    ) {
        append(
            "link set \(oldName ?? "index \(index)") netns \(words ?? "\(namespace)")"
                + "\(name.map { " name \($0)" } ?? "")",
            type: Int(RTM_NEWLINK)
        ) { request in
            request.header(LinkReference.index(index).header)
            request.attribute(Int(IFLA_NET_NS_FD), namespace)
            // With a number in the header a name is a new one (do_setlink() in the kernel).
            if let name { request.attribute(Int(IFLA_IFNAME), name) }
        }
    }

    /// Moves a link into another namespace, where it has another name from the first moment on.
    ///
    /// As `ip link set NAME netns NAMESPACE name NEW`. It is down afterwards, and has no addresses; its alias stays.
    /// EEXIST if there is a link of that name.
    public mutating func moveLink(
        _ index: UInt32, named oldName: String? = nil, to namespace: borrowing NetworkNamespace,
        as name: String? = nil
    ) {
        moveLink(index, named: oldName, to: namespace.rawDescriptor, as: name)
    }

    /// Gives a namespace a number by which the session's namespace knows it; EEXIST if it has one.
    ///
    /// As `ip netns set`. Links that rest on one in that namespace can then be made: see ``LinkParent``.
    ///
    /// - Parameters:
    ///   - namespace: The namespace's descriptor.
    ///   - number: The number; nil for the kernel to choose one.
    package mutating func numberNamespace(_ namespace: CInt, _ number: Int32? = nil) {
        append("netns set \(namespace) \(number.map { "\($0)" } ?? "auto")", type: Int(RTM_NEWNSID)) {
            request in
            request.header(UInt32(AF_UNSPEC))
            request.attribute(Int(NETNSA_FD), UInt32(bitPattern: namespace))
            // NETNSA_NSID_NOT_ASSIGNED, in any case an attribute (rtnl_net_newid()).
            request.attribute(Int(NETNSA_NSID), number ?? -1)
        }
    }

    /// Gives a namespace a number by which the session's namespace knows it; EEXIST if it has one.
    ///
    /// As `ip netns set NAMESPACE NUMBER`, with nil `auto`.
    public mutating func numberNamespace(_ namespace: borrowing NetworkNamespace, _ number: Int32? = nil) {
        numberNamespace(namespace.rawDescriptor, number)
    }
}
