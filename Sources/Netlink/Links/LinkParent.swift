// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

/// The link that another one rests on, such as a macvlan's.
public struct LinkParent: Hashable, Sendable {
    /// Its number in its namespace.
    public var index: UInt32
    /// Its name, for errors.
    public var name: String?
    /// The number by which the session's namespace knows the parent's (``RoutingSocket/namespaceNumber(of:)``); nil if it
    /// is the session's own.
    public var namespace: Int32?

    /// Creates a reference to a link of the session's namespace, or of the one that has a number there.
    public init(_ index: UInt32, named name: String? = nil, namespace: Int32? = nil) {
        self.index = index
        self.name = name
        self.namespace = namespace
    }

    var text: String { " link \(name ?? "index \(index)")" }

    func encode(into request: inout NetlinkRequest) {
        request.attribute(Int(IFLA_LINK), index)
        if let namespace { request.attribute(Int(IFLA_LINK_NETNSID), namespace) }
    }
}
