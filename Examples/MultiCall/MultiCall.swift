// SPDX-License-Identifier: Apache-2.0

internal import BridgePlugin
internal import CNIPlugin
internal import HostLocalPlugin
internal import LoopbackPlugin
internal import StaticPlugin
internal import VXLANPlugin

/// One file under the name of every plugin: `make install` links it.
///
/// A type, as variables of a main.swift belong to the main actor, and every start would set up the concurrency runtime.
@main
enum MultiCall {
    static func main() {
        var plugins = Siblings()
        plugins.add(Bridge.self)
        plugins.add(HostLocalPlugin.self)
        plugins.add(Loopback.self)
        plugins.add(StaticPlugin.self)
        plugins.add(VXLANPlugin.self)
        plugins.main()
    }
}
