// SPDX-License-Identifier: Apache-2.0

/// What a description is made from.
public struct StateRequest<Configuration: Sendable>: Sendable {
    /// The key of the attachment, and its parts; for GC and STATUS of none in particular.
    public let attachment: Attachment?
    /// The plugin's own view of the configuration.
    public let configuration: Configuration
    /// The whole configuration.
    public let network: NetworkConfiguration
    /// CNI_ARGS.
    public let arguments: CNIArguments
    /// Addresses, routes and DNS settings: of the IPAM plugin for ADD, of the earlier result for CHECK and DEL.
    public let addresses: CNIResult
    /// What the chain has done: before this plugin for ADD, as a whole for CHECK and DEL.
    public let previousResult: CNIResult?
    /// Whether ``previousResult`` tells what this attachment has; for ADD it tells what others have.
    let isAttached: Bool
    /// Whether the interface was made before its addresses were known, which an IPAM plugin has got over it.
    public private(set) var isBegun = false
    /// Random MAC addresses, the same however often the description is made.
    let randomMACs: [MACAddress]

    /// The same request with another view of the configuration: for a plugin that builds on another's description.
    public func with<Other: Sendable>(_ configuration: Other) -> StateRequest<Other> {
        StateRequest<Other>(
            attachment: attachment, configuration: configuration, network: network,
            arguments: arguments, addresses: addresses, previousResult: previousResult,
            isAttached: isAttached, isBegun: isBegun, randomMACs: randomMACs)
    }

    /// The key that marks the attachment's objects in the kernel.
    public var owner: String { attachment?.key ?? "" }

    /// The name of the interface in the container.
    public var interface: String { attachment?.interface.rawValue ?? "" }

    /// Whether the network is still to be made: for ADD and its plan.
    public var isAddition: Bool { attachment != nil && !isAttached }

    /// The MAC address that the container's interface has by the earlier result; nil for ADD.
    public var previousMAC: MACAddress? {
        guard isAttached else { return nil }
        return previousResult?.interface(of: interface)?.mac.flatMap { MACAddress($0) }
    }
}

extension StateRequest {
    init(
        _ request: Request<Configuration>, addresses: CNIResult, previousResult: CNIResult? = nil,
        isAttached: Bool
    ) {
        self.init(
            attachment: request.attachment, configuration: request.configuration, network: request.network,
            arguments: request.arguments, addresses: addresses, previousResult: previousResult,
            isAttached: isAttached, randomMACs: isAttached ? [] : Self.someMACs())
    }

    init(_ request: NetworkRequest<Configuration>) {
        self.init(
            attachment: nil, configuration: request.configuration, network: request.network,
            arguments: CNIArguments(), addresses: CNIResult(), previousResult: nil, isAttached: false,
            randomMACs: Self.someMACs())
    }

    /// This with the addresses that IPAM has given, by the interface itself if that `isBegun`.
    func with(addresses: CNIResult, isBegun: Bool = false) -> StateRequest {
        StateRequest(
            attachment: attachment, configuration: configuration, network: network, arguments: arguments,
            addresses: addresses, previousResult: previousResult, isAttached: isAttached, isBegun: isBegun,
            randomMACs: randomMACs)
    }

    private static func someMACs() -> [MACAddress] {
        var generator = SystemRandomNumberGenerator()
        return (0..<3).map { _ in MACAddress.random(using: &generator) }
    }
}

extension CNIResult {
    /// The container's interface of a name: that of an attachment.
    func interface(of name: String) -> Interface? {
        interfaces.first { $0.name == name && !($0.sandbox ?? "").isEmpty }
    }

    /// The part of a chain's result that is this attachment's interface: later plugins may have added their own.
    func of<Configuration>(_ request: Request<Configuration>) -> CNIResult {
        var part = self
        let own = interfaces.indices.filter {
            interfaces[$0].name == request.interface && !(interfaces[$0].sandbox ?? "").isEmpty
        }
        part.ips = ips.filter { $0.interface.map { own.contains($0) } ?? true }
        return part
    }

    /// This, which an earlier plugin of the chain has made, and what this attachment adds to it (section 5 of the
    /// specification: a plugin hands on what it was given).
    func followed(by other: CNIResult) -> CNIResult {
        var all = self
        all.interfaces += other.interfaces
        for var ip in other.ips {
            ip.interface = ip.interface.map { $0 + interfaces.count }
            all.ips.append(ip)
        }
        all.routes += other.routes
        if !other.dns.isEmpty { all.dns = other.dns }
        return all
    }
}

extension CNIResult {
    /// This with a default route for each family that has an address and no default route: by the first gateway.
    public var withDefaultRoutes: CNIResult {
        var result = self
        for ip in ips {
            let everything = IPPrefix.everything(ip.address.family)
            guard let gateway = ip.gateway ?? ip.address.first.advanced(by: 1),
                !result.routes.contains(where: { $0.destination == everything })
            else { continue }
            result.routes.append(Route(destination: everything, gateway: gateway))
        }
        return result
    }
}
