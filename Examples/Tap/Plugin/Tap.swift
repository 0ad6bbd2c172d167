// SPDX-License-Identifier: Apache-2.0

public import CNIPlugin
internal import LinuxCore
internal import Netlink
public import NetworkState

/// The tap plugin: a link of the container's whose Ethernet frames a program in it reads and writes, such as a virtual machine.
public struct Tap: StatePlugin {
    /// What the plugin reads of the configuration.
    public typealias Configuration = TapConfiguration

    /// The plugin's name.
    public static let name = "tap"
    /// A line for people.
    public static let about =
        "CNI tap plugin: gives a container a link for a program, such as a virtual machine"

    /// What the plugin accepts and will not work out.
    public static func advice(on network: NetworkConfiguration) -> [CNIError] {
        InterfaceKeys.adviceOnMTU(of: network, on: "a tap")
    }

    /// Creates the plugin.
    public init() {}

    /// Refuses a label where there are labels: the link would have the plugin's own, and the program could not open it.
    public func allocate(
        _ purpose: Allocation, for request: Request<TapConfiguration>
    ) throws(CNIError) -> TapConfiguration {
        let hasLabels = (try? FileStatus(of: "/sys/fs/selinux/enforce")) != nil
        if hasLabels, request.configuration.selinuxContext != nil, purpose != .comparison {
            throw CNIError(
                .unsupportedField, at: "selinuxContext",
                "links with another SELinux label than the plugin's cannot be made")
        }
        return request.configuration
    }

    /// The link, and the container's addresses and routes.
    public func desiredState(for request: StateRequest<TapConfiguration>) throws(CNIError) -> NetworkState {
        let configuration = request.configuration
        var state = NetworkState(owner: request.owner)
        guard request.attachment != nil else { return state }
        var link = try request.containerLink(
            .tun(configuration.device), mtu: configuration.mtu,
            macs: [configuration.runtimeMAC].compactMap { $0 }, otherwise: configuration.usualMAC)
        link.master = configuration.bridge
        state.add(link: link, in: .container)
        state.configure(request)
        return state
    }
}
