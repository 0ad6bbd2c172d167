// SPDX-License-Identifier: Apache-2.0

internal import BandwidthPlugin
internal import BridgePlugin
public import CNIPlugin
internal import DHCPPlugin
internal import DummyPlugin
internal import FirewallPlugin
internal import FlannelPlugin
internal import HostDevicePlugin
internal import HostLocalPlugin
internal import IPVLANPlugin
internal import LoopbackPlugin
internal import MacvlanPlugin
internal import PTPPlugin
internal import PortmapPlugin
internal import SBRPlugin
internal import StaticPlugin
internal import TapPlugin
internal import TuningPlugin
internal import VLANPlugin
internal import VPCPlugin
internal import VRFPlugin
internal import VXLANPlugin

/// The plugins of this project: the one list of them that everything else reads, from the executable of all of them to
/// the tool that validates their configurations.
public enum ReferencePlugins {
    /// All of them, each with what it says of itself.
    public static var all: Siblings {
        var plugins = Siblings()
        plugins.add(Bandwidth.self)
        plugins.add(Bridge.self)
        plugins.add(DHCPPlugin.self)
        plugins.add(DummyPlugin.self)
        plugins.add(Firewall.self)
        plugins.add(FlannelPlugin.self)
        plugins.add(HostDevice.self)
        plugins.add(HostLocalPlugin.self)
        plugins.add(IPVLANPlugin.self)
        plugins.add(Loopback.self)
        plugins.add(Macvlan.self)
        plugins.add(Portmap.self)
        plugins.add(PTP.self)
        plugins.add(SBR.self)
        plugins.add(StaticPlugin.self)
        plugins.add(Tap.self)
        plugins.add(Tuning.self)
        plugins.add(VLANPlugin.self)
        plugins.add(VRFPlugin.self)
        plugins.add(VXLANPlugin.self)
        plugins.add(VPCPlugin.self)
        return plugins
    }
}
