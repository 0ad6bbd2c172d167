// SPDX-License-Identifier: Apache-2.0

public import CNIPlugin
internal import Netlink
public import NetworkState

/// The bandwidth plugin: how fast a container receives and sends.
///
/// What it receives leaves the host's end of its pair, and waits there. What it sends comes in there, where nothing waits:
/// it is handed to an ifb of its own, and waits there.
public struct Bandwidth: ChainedPlugin {
    /// What the plugin reads of the configuration.
    public typealias Configuration = BandwidthConfiguration

    /// The plugin's name.
    public static let name = "bandwidth"
    /// A line for people.
    public static let about = "CNI bandwidth plugin: limits how fast a container receives and sends"
    /// Every key that the plugin reads.
    public static let keys: [String]? = BandwidthConfiguration.keys

    /// Creates the plugin.
    public init() {}

    /// Reads the keys.
    public static func configuration(from document: JSON) throws(CNIError) -> BandwidthConfiguration {
        try BandwidthConfiguration(JSONCursor(document))
    }

    /// A token bucket on the host's end of the pair, and one on an ifb that gets what comes in there.
    public func desiredState(
        for request: StateRequest<BandwidthConfiguration>
    ) throws(CNIError) -> NetworkState {
        let configuration = request.configuration
        var state = NetworkState(owner: request.owner)
        guard let attachment = request.attachment, configuration.isLimiting, let end = request.hostEnd else {
            return state
        }
        state.add(.link(LinkState(end)), in: .host)
        state.add(.link(LinkState(request.interface)), in: .container)
        if let limit = configuration.ingress {
            state.add(.qdisc(limit.discipline, link: end), in: .host)
        }
        guard let limit = configuration.egress else { return state }
        let ifb = Self.ifb(of: attachment)
        var link = LinkState(ifb, .ifb(IFB()), LinkAttributes(isUp: true))
        link.attributes.ipv6AddressGeneration = LinkAttributes.IPv6AddressGeneration.none
        state.add(link: link, in: .host)
        state.add(.qdisc(limit.discipline, link: ifb), in: .host)
        state.add(.qdisc(Qdisc(.ingress), link: end), in: .host)
        state.add(.redirection(Redirection(from: end, to: ifb)), in: .host)
        return state
    }

    /// Refuses what is no veth pair: only there all of a container's packets come by.
    public func prepare(
        _ state: inout NetworkState, given found: ObservedState,
        for request: StateRequest<BandwidthConfiguration>
    ) throws(CNIError) {
        if request.attachment == nil || !request.configuration.isLimiting { return }
        guard let name = request.hostEnd, let end = found.link(name, in: .host)?.identity,
            let own = found.link(request.interface, in: .container)?.identity, end.peer == own.index,
            own.peer == end.index
        else {
            throw CNIError(
                .invalidConfiguration, at: "prevResult.interfaces",
                "\(request.interface) is not one end of a veth pair with the other on the host")
        }
    }

    /// The earlier plugins' result, and the ifb.
    public func result(
        _ previous: CNIResult, of state: NetworkState, for request: StateRequest<BandwidthConfiguration>
    ) -> CNIResult {
        guard let attachment = request.attachment, state.link(Self.ifb(of: attachment), in: .host) != nil
        else {
            return previous
        }
        var result = previous
        result.interfaces.append(CNIResult.Interface(name: Self.ifb(of: attachment)))
        return result
    }

    /// The ifb; DEL removes it even if its configuration has no limit.
    public static func part(of attachment: Attachment) -> NetworkState {
        var state = NetworkState(owner: attachment.key)
        state.add(.link(LinkState(ifb(of: attachment), .ifb(IFB()))), in: .host)
        return state
    }

    private static func ifb(of attachment: Attachment) -> String { attachment.linkName("bwp") }
}

extension StateRequest {
    /// The host's end of the container's pair: plugins that make one list it just before the container's, or after it.
    fileprivate var hostEnd: String? {
        guard let interfaces = previousResult?.interfaces,
            let own = interfaces.firstIndex(where: { $0.name == interface && !($0.sandbox ?? "").isEmpty })
        else { return nil }
        let end = interfaces[..<own].last { ($0.sandbox ?? "").isEmpty }
        return (end ?? interfaces[own...].first { ($0.sandbox ?? "").isEmpty })?.name
    }
}
