// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

/// What a link is, with the settings that only its kind has (IFLA_LINKINFO).
///
/// Another kind is one small file that conforms to ``LinkKindSettings``, and a case here.
public enum LinkKind: Hashable, Sendable {
    /// A software switch.
    case bridge(Bridge)
    /// One end of a virtual cable.
    case veth(Veth)
    /// A tunnel for Ethernet frames over UDP.
    case vxlan(VXLAN)
    /// A kind that this package does not know.
    case other(String)

    /// The kind's name for the kernel, as in `ip link add type NAME`.
    public var name: String {
        switch self {
        case .bridge: Bridge.kind
        case .veth: Veth.kind
        case .vxlan: VXLAN.kind
        case .other(let name): name
        }
    }

    /// The kind in the words of ip(8), with what a kernel may have been built without.
    var text: String {
        if case .bridge(let settings) = self, settings.vlanFiltering == true {
            return "bridge vlan_filtering 1"
        }
        return name
    }

    private var settings: (any LinkKindSettings)? {
        switch self {
        case .bridge(let settings): settings
        case .veth(let settings): settings
        case .vxlan(let settings): settings
        case .other: nil
        }
    }

    func encode(into request: inout NetlinkRequest) {
        request.nest(Int(IFLA_LINKINFO)) { request in
            request.attribute(Int(IFLA_INFO_KIND), name)
            guard let settings, !settings.isDefault else { return }
            request.nest(Int(IFLA_INFO_DATA)) { settings.encode(into: &$0) }
        }
    }

    /// Decodes an IFLA_LINKINFO; nil for a link without one, such as a physical device.
    init?(_ information: Attributes) throws(MalformedMessage) {
        guard let name = information.string(Int(IFLA_INFO_KIND)) else { return nil }
        let data = try information.nest(Int(IFLA_INFO_DATA))
        switch name {
        case Bridge.kind: self = .bridge(Bridge(data))
        case Veth.kind: self = .veth(Veth(data))
        case VXLAN.kind: self = .vxlan(VXLAN(data))
        default: self = .other(name)
        }
    }
}

/// The settings of one kind of link.
///
/// In a request nil leaves a setting alone.
protocol LinkKindSettings: Hashable, Sendable {
    /// The kind's name for the kernel.
    static var kind: String { get }

    /// Whether there is nothing to encode.
    var isDefault: Bool { get }

    /// Appends the content of IFLA_INFO_DATA.
    func encode(into request: inout NetlinkRequest)

    /// Decodes the content of IFLA_INFO_DATA.
    init(_ data: Attributes)
}
