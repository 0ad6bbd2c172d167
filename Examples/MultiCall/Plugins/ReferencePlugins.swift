// SPDX-License-Identifier: Apache-2.0

internal import BridgePlugin
public import CNIPlugin
internal import HostLocalPlugin
internal import LoopbackPlugin
internal import StaticPlugin
internal import VPCPlugin
internal import VXLANPlugin

/// The plugins of this project: the one list of them that everything else reads, from the executable of all of them to
/// the tool that validates their configurations.
public enum ReferencePlugins {
    /// All of them, each with what it says of itself.
    public static var all: Siblings {
        var plugins = Siblings()
        plugins.add(Bridge.self)
        plugins.add(HostLocalPlugin.self)
        plugins.add(Loopback.self)
        plugins.add(StaticPlugin.self)
        plugins.add(VXLANPlugin.self)
        plugins.add(VPCPlugin.self)
        return plugins
    }
}
