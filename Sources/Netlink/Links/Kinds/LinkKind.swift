// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

/// What a link is, with the settings that only its kind has (IFLA_LINKINFO).
///
/// Another kind is one small file that conforms to ``LinkKindSettings``: here with a case, or anywhere as
/// ``custom(_:)-swift.enum.case``.
public enum LinkKind: Hashable, Sendable {
    /// A software switch.
    case bridge(Bridge)
    /// One end of a virtual cable.
    case veth(Veth)
    /// A tunnel for Ethernet frames over UDP.
    case vxlan(VXLAN)
    /// A link that drops what it is given.
    case dummy(Dummy)
    /// A link with a MAC address of its own on another link.
    case macvlan(MACVLAN)
    /// A link with IP addresses of its own and another link's MAC address.
    case ipvlan(IPVLAN)
    /// A VLAN of another link.
    case vlan(VLAN)
    /// A link that queues what was redirected to it.
    case ifb(IFB)
    /// A routing domain.
    case vrf(VRF)
    /// A link that a program has made from /dev/net/tun.
    case tun(TUN)
    /// A kind from outside of this package.
    case custom(CustomLinkKind)
    /// A kind that nobody here knows, with its settings (IFLA_INFO_DATA) as the kernel has them.
    case other(String, data: RawAttributes = RawAttributes())

    /// A kind from outside of this package.
    public static func custom(_ settings: any LinkKindSettings) -> LinkKind {
        .custom(CustomLinkKind(settings))
    }

    /// The kind's name for the kernel, as in `ip link add type NAME`.
    public var name: String {
        if case .other(let name, _) = self { return name }
        return type?.kind ?? ""
    }

    /// The kind and its settings in the words of ip(8).
    public var text: String { settings?.words ?? name }

    /// Whether such a link rests on another one, its parent.
    public var needsParent: Bool { type?.needsParent ?? false }

    /// The type of the settings, without making a box for them.
    private var type: (any LinkKindSettings.Type)? {
        switch self {
        case .bridge: Bridge.self
        case .veth: Veth.self
        case .vxlan: VXLAN.self
        case .dummy: Dummy.self
        case .macvlan: MACVLAN.self
        case .ipvlan: IPVLAN.self
        case .vlan: VLAN.self
        case .ifb: IFB.self
        case .vrf: VRF.self
        case .tun: TUN.self
        case .custom(let custom): Swift.type(of: custom.settings)
        case .other: nil
        }
    }

    /// The settings; nil for a kind that nobody here knows.
    private var settings: (any LinkKindSettings)? {
        switch self {
        case .bridge(let settings): settings
        case .veth(let settings): settings
        case .vxlan(let settings): settings
        case .dummy(let settings): settings
        case .macvlan(let settings): settings
        case .ipvlan(let settings): settings
        case .vlan(let settings): settings
        case .ifb(let settings): settings
        case .vrf(let settings): settings
        case .tun(let settings): settings
        case .custom(let custom): custom.settings
        case .other: nil
        }
    }

    /// The settings of a kind as a type of one's own reads them, also of a kind that this package has another type for.
    ///
    /// - Returns: nil for a link of another kind.
    public func settings<Settings: LinkKindSettings>(
        as _: Settings.Type
    ) throws(MalformedMessage) -> Settings? {
        if let settings = settings as? Settings { return settings }
        return name == Settings.kind ? try Settings(data()) : nil
    }

    /// The settings as the kernel has them: the content of IFLA_INFO_DATA.
    private func data() throws(MalformedMessage) -> Attributes {
        if case .other(_, let data) = self { return try Attributes(data.bytes[...]) }
        var request = NetlinkRequest(type: 0, flags: 0)
        request.write { settings?.encode(into: &$0) }
        let message = request.bytes(sequence: 0, acknowledged: false)
        return try Attributes(message.dropFirst(MemoryLayout<nlmsghdr>.size))
    }

    func encode(into request: inout NetlinkRequest) {
        request.nest(Int(IFLA_LINKINFO)) { request in
            request.attribute(Int(IFLA_INFO_KIND), name)
            request.nest(Int(IFLA_INFO_DATA)) { request in
                if case .other(_, let data) = self { return request.append(data) }
                request.write { settings?.encode(into: &$0) }
            }
        }
    }

    /// Decodes an IFLA_LINKINFO; nil for a link without one, such as a physical device.
    init?(_ information: Attributes) throws(MalformedMessage) {
        guard let name = information.string(Int(IFLA_INFO_KIND)) else { return nil }
        let data = try information.nest(Int(IFLA_INFO_DATA))
        switch name {
        case Bridge.kind: self = .bridge(try Bridge(data))
        case Veth.kind: self = .veth(Veth(data))
        case VXLAN.kind: self = .vxlan(try VXLAN(data))
        case Dummy.kind: self = .dummy(Dummy(data))
        case MACVLAN.kind: self = .macvlan(try MACVLAN(data))
        case IPVLAN.kind: self = .ipvlan(try IPVLAN(data))
        case VLAN.kind: self = .vlan(try VLAN(data))
        case IFB.kind: self = .ifb(IFB(data))
        case VRF.kind: self = .vrf(try VRF(data))
        case TUN.kind: self = .tun(try TUN(data))
        default: self = .other(name, data: data.others(than: []))
        }
    }
}
