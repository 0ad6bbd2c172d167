// SPDX-License-Identifier: Apache-2.0

public import CNIPlugin
internal import LinuxCore
internal import Netlink
public import NetworkState

/// The host-device plugin: a link of the host's that the container has for a while.
public struct HostDevice: StatePlugin {
    /// What the plugin reads of the configuration.
    public typealias Configuration = HostDeviceConfiguration

    /// The plugin's name.
    public static let name = "host-device"
    /// A line for people.
    public static let about = "CNI host-device plugin: lends a container a link of the host"
    /// Without it nothing else is looked at.
    public static let examples: [String: JSON] = ["device": "eth1"]

    /// Creates the plugin.
    public init() {}

    /// Looks for the device, which for CHECK is in the container.
    public func allocate(
        _ purpose: Allocation, for request: Request<HostDeviceConfiguration>
    ) throws(CNIError) -> HostDeviceConfiguration {
        var configuration = request.configuration
        guard let device = configuration.device else { return configuration }
        if device.isForPrograms {
            configuration.withoutLink = CNIResult.Interface(
                name: request.interface, sandbox: request.namespacePath)
            return configuration
        }
        let link = try request.hostLink(device)
        if purpose != .comparison, link == nil {
            throw CNIError(
                .invalidConfiguration, "there is no link of \(device.words) on the host")
        }
        configuration.link = link ?? configuration.link
        return configuration
    }

    /// A device of programs is in the result although it is no link.
    public func supplement(_ addresses: CNIResult, for configuration: HostDeviceConfiguration) -> CNIResult {
        guard let interface = configuration.withoutLink else { return addresses }
        var result = addresses
        result.interfaces = [interface]
        return result
    }

    /// The link, and the container's addresses and routes; for a device of programs no link.
    public func desiredState(
        for request: StateRequest<HostDeviceConfiguration>
    ) throws(CNIError) -> NetworkState {
        let configuration = request.configuration
        var state = NetworkState(owner: request.owner)
        guard request.attachment != nil, configuration.withoutLink == nil else { return state }
        var link = LinkState(request.interface, nil, LinkAttributes(mac: request.previousMAC, isUp: true))
        // A name that no link can have, for one that is not known: it is in the container, or nowhere.
        link.loan = LinkState.Peer(.host, configuration.link ?? "host-device:")
        state.add(link: link, in: .container)
        state.configure(request)
        return state
    }
}

extension Request<HostDeviceConfiguration> {
    /// The name of a device's link on the host; nil if there is none.
    fileprivate func hostLink(_ device: DeviceReference) throws(CNIError) -> String? {
        let names = device.linkFolders.flatMap { (try? Directory.names(in: $0))?.sorted() ?? [] }
        do throws(NetlinkError) {
            let links = try RoutingSocket().links()
            // sysfs may be that of another namespace: what counts is what is here.
            return links.first { link in
                switch device {
                case .name(let name): link.name == name
                case .mac(let mac): link.attributes.mac == mac && link.name != "lo"
                case .kernelPath, .bus: names.contains(link.name)
                }
            }?.name
        } catch {
            throw CNIError(CNIError.kernelRefused, "cannot look for \(device.words): \(error)")
        }
    }
}
