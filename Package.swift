// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

// Warnings are errors where this package itself is built (the Makefile asks for it), not for whoever depends on it: a
// later compiler may warn of more.
let warnings: [SwiftSetting] =
    Context.environment["SWIFT_CNI_STRICT"] == "1" ? [.treatAllWarnings(as: .error)] : []
let settings: [SwiftSetting] =
    warnings + [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
    ]

/// A library module under Sources/.
func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

/// A plugin under Examples/<folder>: its code as a library, so that the multi-call executable and
/// the tests can use it, and an executable of its own.
struct Plugin {
    let folder: String
    /// The executable's.
    let name: String
    let dependencies: [Target.Dependency]

    var library: String { "\(folder)Plugin" }

    var products: [Product] {
        [
            .library(name: library, targets: [library]),
            .executable(name: name, targets: ["\(folder)Executable"]),
        ]
    }

    var targets: [Target] {
        [
            .target(
                name: library, dependencies: dependencies, path: "Examples/\(folder)/Plugin",
                swiftSettings: settings),
            .executableTarget(
                name: "\(folder)Executable", dependencies: [.target(name: library), "CNIPlugin"],
                path: "Examples/\(folder)/Executable", swiftSettings: settings),
        ]
    }
}

/// A plugin that describes an interface, in Examples/<folder>.
func interfacePlugin(_ folder: String, _ name: String) -> Plugin {
    Plugin(
        folder: folder, name: name,
        dependencies: ["Addressing", "LinuxCore", "CNITypes", "CNIPlugin", "NetworkState", "Netlink"])
}

/// The plugins, as SwiftPM has to know them; what else lists them reads Examples/MultiCall/Plugins.
let plugins = [
    Plugin(
        folder: "Bridge", name: "bridge",
        dependencies: ["Addressing", "CNITypes", "CNIPlugin", "IPAM", "NetworkState", "Netlink"]),
    Plugin(
        folder: "Loopback", name: "loopback",
        dependencies: ["Addressing", "CNITypes", "CNIPlugin", "NetworkState", "Netlink"]),
    Plugin(
        folder: "HostLocal", name: "host-local",
        dependencies: ["Addressing", "CNITypes", "CNIPlugin", "IPAM"]),
    Plugin(
        folder: "Static", name: "static", dependencies: ["Addressing", "CNITypes", "CNIPlugin", "IPAM"]),
    interfacePlugin("PTP", "ptp"),
    interfacePlugin("Macvlan", "macvlan"),
    interfacePlugin("IPVLAN", "ipvlan"),
    interfacePlugin("VLAN", "vlan"),
    interfacePlugin("Dummy", "dummy"),
    interfacePlugin("HostDevice", "host-device"),
    interfacePlugin("Tap", "tap"),
    Plugin(folder: "Bandwidth", name: "bandwidth", dependencies: ["CNIPlugin", "NetworkState", "Netlink"]),
    Plugin(folder: "Firewall", name: "firewall", dependencies: ["CNIPlugin", "NetworkState", "Netlink"]),
    Plugin(
        folder: "Tuning", name: "tuning",
        dependencies: ["LinuxCore", "CNIPlugin", "NetworkState", "Netlink"]),
    Plugin(
        folder: "Portmap", name: "portmap",
        dependencies: ["LinuxCore", "CNIPlugin", "NetworkState", "Netlink"]),
    Plugin(folder: "SBR", name: "sbr", dependencies: ["CNIPlugin", "NetworkState", "Netlink"]),
    Plugin(folder: "VRF", name: "vrf", dependencies: ["CNIPlugin", "NetworkState", "Netlink"]),
    Plugin(
        folder: "VXLAN", name: "vxlan",
        dependencies: [
            "Addressing", "LinuxCore", "CNITypes", "CNIPlugin", "IPAM", "NetworkState", "Netlink",
            "BridgePlugin", "VXLANOverlay",
        ]),
    Plugin(
        folder: "Flannel", name: "flannel",
        dependencies: ["Addressing", "LinuxCore", "CNITypes", "CNIPlugin", "VXLANOverlay"]),
    Plugin(
        folder: "DHCP", name: "dhcp",
        dependencies: ["Addressing", "LinuxCore", "CNITypes", "CNIPlugin", "DHCPClient", "DHCPDaemon"]),
    Plugin(
        folder: "VPC", name: "vpc-eni",
        dependencies: ["Addressing", "CNITypes", "CNIPlugin", "NetworkState", "Netlink", "VPCNetwork"]),
]

func tests(
    _ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []
) -> Target {
    .testTarget(name: name, dependencies: dependencies, resources: resources, swiftSettings: settings)
}

let package = Package(
    name: "swift-cni",
    products: [
        .library(name: "Addressing", targets: ["Addressing"]),
        .library(name: "LinuxCore", targets: ["LinuxCore"]),
        .library(name: "CNITypes", targets: ["CNITypes"]),
        .library(name: "Namespaces", targets: ["Namespaces"]),
        .library(name: "Netlink", targets: ["Netlink"]),
        .library(name: "NetworkState", targets: ["NetworkState"]),
        .library(name: "IPAM", targets: ["IPAM"]),
        .library(name: "CNIPlugin", targets: ["CNIPlugin"]),
        .library(name: "Topology", targets: ["Topology"]),
        .library(name: "CNIRuntime", targets: ["CNIRuntime"]),
        .library(name: "CNITesting", targets: ["CNITesting"]),
        .library(name: "Validation", targets: ["Validation"]),
        .library(name: "Doctor", targets: ["Doctor"]),
        .library(name: "ReferencePlugins", targets: ["ReferencePlugins"]),
        .executable(name: "cni-plugins", targets: ["PluginsExecutable"]),
        .library(name: "VXLANOverlay", targets: ["VXLANOverlay"]),
        .library(name: "VPCNetwork", targets: ["VPCNetwork"]),
    ] + plugins.flatMap(\.products),
    targets: [
        .systemLibrary(
            name: "CLibNL", pkgConfig: "libnl-3.0",
            providers: [.apt(["libnl-3-dev"])]),
        .target(name: "CLinuxShims"),
        module("Addressing"),
        module("LinuxCore", ["CLinuxShims"]),
        module("Supervision", ["LinuxCore", "CLinuxShims"]),
        module("Namespaces", ["LinuxCore", "CLinuxShims"]),
        module("Netlink", ["Addressing", "LinuxCore", "Namespaces", "CLibNL"]),
        module("NetworkState", ["Addressing", "LinuxCore", "Namespaces", "Netlink", "CLinuxShims"]),
        module("CNITypes", ["Addressing"]),
        module("IPAM", ["Addressing", "LinuxCore", "CNITypes", "CLinuxShims"]),
        module(
            "CNIPlugin",
            ["Addressing", "LinuxCore", "Namespaces", "Netlink", "NetworkState", "CNITypes", "IPAM"]),
        module("CNIRuntime", ["LinuxCore", "Supervision", "CNITypes"]),
        module(
            "Topology", ["Addressing", "LinuxCore", "Namespaces", "Netlink", "CNITypes"]),
        module(
            "CNITesting",
            ["Addressing", "LinuxCore", "Namespaces", "Netlink", "NetworkState", "CNITypes", "CNIPlugin"]),
        module("Validation", ["LinuxCore", "CNITypes", "CNIPlugin"]),
        module(
            "Doctor",
            [
                "Addressing", "LinuxCore", "Supervision", "Namespaces", "Netlink", "NetworkState", "CNITypes",
                "IPAM", "Topology",
            ]),
        .target(
            name: "VXLANOverlay",
            dependencies: ["Addressing", "LinuxCore", "Netlink", "NetworkState", "CNITypes"],
            path: "Examples/VXLAN/Overlay", swiftSettings: settings),
        .target(
            name: "DHCPClient", dependencies: ["Addressing", "LinuxCore", "CNITypes"],
            path: "Examples/DHCP/Client", swiftSettings: settings),
        .target(
            name: "DHCPDaemon",
            dependencies: [
                "Addressing", "LinuxCore", "CLinuxShims", "Namespaces", "Netlink", "CNITypes", "DHCPClient",
            ], path: "Examples/DHCP/Daemon", swiftSettings: settings),
        .target(
            name: "VPCNetwork",
            dependencies: ["Addressing", "LinuxCore", "Netlink", "NetworkState", "CNITypes"],
            path: "Examples/VPC/Network", swiftSettings: settings),
        .target(
            name: "ReferencePlugins",
            dependencies: ["CNIPlugin"] + plugins.map { .target(name: $0.library) },
            path: "Examples/MultiCall/Plugins", swiftSettings: settings),
        .executableTarget(
            name: "PluginsExecutable", dependencies: ["CNIPlugin", "ReferencePlugins"],
            path: "Examples/MultiCall/Executable", swiftSettings: settings),
        .target(
            name: "TestSupport", dependencies: ["LinuxCore", "Namespaces", "Netlink", "CNITesting"],
            path: "Tests/TestSupport",
            swiftSettings: settings),
        tests("AddressingTests", ["Addressing", "CNITesting"]),
        tests("LinuxCoreTests", ["LinuxCore", "CNITesting"]),
        tests("SupervisionTests", ["TestSupport", "LinuxCore", "Supervision", "CNITesting"]),
        // A second opinion for the tests alone: no pkgConfig, for which SwiftPM would look in consumers' builds, too.
        .systemLibrary(name: "CLibNLRoute", path: "Tests/CLibNLRoute"),
        tests(
            "NetlinkTests",
            [
                "TestSupport", "Addressing", "LinuxCore", "Namespaces", "Netlink", "CLibNL", "CLibNLRoute",
                "CNITesting",
            ]),
        tests("CNITypesTests", ["Addressing", "CNITypes", "CNITesting"], resources: [.copy("Fixtures")]),
        tests(
            "NetworkStateTests",
            ["TestSupport", "Addressing", "LinuxCore", "Namespaces", "Netlink", "NetworkState", "CNITesting"]),
        tests(
            "PluginTests",
            [
                "Addressing", "LinuxCore", "Namespaces", "Netlink", "NetworkState", "CNITypes", "IPAM",
                "CNIPlugin", "CNITesting", "BridgePlugin", "LoopbackPlugin", "HostLocalPlugin",
                "StaticPlugin", "PTPPlugin", "MacvlanPlugin", "IPVLANPlugin", "VLANPlugin", "DummyPlugin",
                "HostDevicePlugin", "TapPlugin", "FlannelPlugin", "VXLANPlugin", "VXLANOverlay", "VPCPlugin",
                "VPCNetwork", "Topology", "TestSupport", "PortmapPlugin",
                "BandwidthPlugin", "FirewallPlugin", "TuningPlugin", "SBRPlugin", "VRFPlugin",
                "DHCPClient", "DHCPPlugin", "ReferencePlugins", "PluginsExecutable",
            ], resources: [.copy("Fixtures")]),
        tests(
            "TopologyTests",
            [
                "TestSupport", "Addressing", "LinuxCore", "Namespaces", "Netlink", "CNITypes", "CNIPlugin",
                "CNITesting", "Topology", "BridgePlugin", "HostLocalPlugin", "PortmapPlugin",
            ]),
        tests(
            "ValidationTests",
            [
                "LinuxCore", "CNITypes", "CNIPlugin", "Validation", "CNITesting",
                "BridgePlugin", "HostLocalPlugin", "StaticPlugin", "ReferencePlugins",
            ]),
        tests(
            "DoctorTests",
            [
                "TestSupport", "Addressing", "LinuxCore", "Namespaces", "Netlink", "NetworkState", "CNITypes",
                "IPAM",
                "CNIPlugin", "CNITesting", "Topology", "Doctor", "BridgePlugin", "HostLocalPlugin",
                "PortmapPlugin", "FirewallPlugin",
            ]),
        .executableTarget(
            name: "FakePlugin", dependencies: ["LinuxCore", "CNITypes", "CNIRuntime"],
            path: "Tests/FakePlugin", swiftSettings: settings),
        tests(
            "RuntimeTests",
            ["LinuxCore", "Namespaces", "CNITypes", "CNIRuntime", "CNITesting", "FakePlugin", "TestSupport"],
            resources: [.copy("Fixtures")]),
        tests(
            "ToolTests",
            [
                "LinuxCore", "Namespaces", "Netlink", "CNITypes", "CNIRuntime", "CNITesting", "FakePlugin",
                "TestSupport", "BridgeExecutable", "HostLocalExecutable", "VXLANExecutable",
            ], resources: [.copy("Fixtures")]),
        tests(
            "VXLANOverlayTests",
            [
                "TestSupport", "Addressing", "LinuxCore", "Namespaces", "Netlink", "NetworkState", "CNITypes",
                "CNITesting", "VXLANOverlay",
            ]),
        tests(
            "VPCNetworkTests",
            ["Addressing", "Netlink", "NetworkState", "CNITypes", "VPCNetwork"]),
        tests(
            "DHCPTests",
            [
                "Addressing", "LinuxCore", "CNITypes", "CNITesting", "DHCPClient",
                "DHCPDaemon",
            ]),
        tests("IPAMTests", ["TestSupport", "Addressing", "LinuxCore", "CNITypes", "IPAM", "CNITesting"]),
    ]
        + plugins.flatMap(\.targets)
)
