// SPDX-License-Identifier: Apache-2.0

public import CNIPlugin
internal import Netlink
public import NetworkState

/// The loopback plugin: brings `lo` up in the container.
///
/// It has no configuration and ignores CNI_IFNAME.
public struct Loopback: StatePlugin {
    /// Nothing is read of the configuration.
    public typealias Configuration = Void

    /// The plugin's name.
    public static let name = "loopback"
    /// A line for people.
    public static let about = "CNI loopback plugin: brings the loopback interface up in a container"

    /// No key.
    public static let keys: [String]? = []

    private static let interface = "lo"

    /// Creates the plugin.
    public init() {}

    /// The container's own `lo`, up.
    public func desiredState(for request: StateRequest<Configuration>) throws(CNIError) -> NetworkState {
        Self.state(isUp: true)
    }

    private static func state(isUp: Bool) -> NetworkState {
        var state = NetworkState(owner: "")
        state.add(link: LinkState(interface, nil, LinkAttributes(isUp: isUp)), in: .container, for: .host)
        return state
    }

    /// Brings the interface up; passes an earlier plugin's result on.
    public func add(_ request: Request<Configuration>) throws(CNIError) -> CNIResult {
        try request.reach(Self.state(isUp: true))
        if let previous = try request.previousResult { return previous }
        var result = CNIResult()
        result.interfaces = [
            CNIResult.Interface(
                name: Self.interface, mac: "00:00:00:00:00:00", sandbox: request.namespacePath)
        ]
        result.ips = ["127.0.0.1/8", "::1/128"].compactMap { IPPrefix($0) }.map {
            CNIResult.IPConfiguration(address: $0, interface: 0)
        }
        return result
    }

    /// Brings the interface down, if there is a container, and nothing else is up in it: its other attachments may be
    /// detached later, and programs in it use `lo` until then.
    public func delete(_ request: Request<Configuration>) throws(CNIError) {
        if try request.hasLinksUp(besides: Self.interface) { return }
        try request.reach(Self.state(isUp: false))
    }
}
