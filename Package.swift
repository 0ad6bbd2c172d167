// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

/// A library module under Sources/.
func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

/// A plugin under Examples/<folder>: its code as a library, so that the multi-call executable and
/// the tests can use it, and an executable of its own.
func plugin(_ folder: String, _ dependencies: [Target.Dependency]) -> [Target] {
    [
        .target(
            name: "\(folder)Plugin", dependencies: dependencies, path: "Examples/\(folder)/Plugin",
            swiftSettings: settings),
        .executableTarget(
            name: "\(folder)Executable",
            dependencies: [.target(name: "\(folder)Plugin"), "CNIPlugin"],
            path: "Examples/\(folder)/Executable",
            swiftSettings: settings),
    ]
}

func tests(
    _ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []
) -> Target {
    .testTarget(name: name, dependencies: dependencies, resources: resources, swiftSettings: settings)
}

let package = Package(
    name: "swift-cni",
    products: [
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
        .library(name: "BridgePlugin", targets: ["BridgePlugin"]),
        .library(name: "LoopbackPlugin", targets: ["LoopbackPlugin"]),
        .library(name: "HostLocalPlugin", targets: ["HostLocalPlugin"]),
        .library(name: "StaticPlugin", targets: ["StaticPlugin"]),
        .library(name: "VXLANPlugin", targets: ["VXLANPlugin"]),
        .executable(name: "cni-plugins", targets: ["PluginsExecutable"]),
        .executable(name: "bridge", targets: ["BridgeExecutable"]),
        .executable(name: "loopback", targets: ["LoopbackExecutable"]),
        .executable(name: "host-local", targets: ["HostLocalExecutable"]),
        .executable(name: "static", targets: ["StaticExecutable"]),
        .executable(name: "vxlan", targets: ["VXLANExecutable"]),
        .library(name: "VXLANOverlay", targets: ["VXLANOverlay"]),
    ],
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
        module("NetworkState", ["Addressing", "LinuxCore", "Namespaces", "Netlink"]),
        module("CNITypes", ["Addressing"]),
        module("IPAM", ["Addressing", "LinuxCore", "CNITypes"]),
        module(
            "CNIPlugin",
            ["Addressing", "LinuxCore", "Namespaces", "Netlink", "NetworkState", "CNITypes", "IPAM"]),
        module("CNIRuntime", ["LinuxCore", "Supervision", "CNITypes"]),
        module(
            "Topology", ["Addressing", "LinuxCore", "Namespaces", "Netlink", "CNITypes"]),
        module(
            "CNITesting",
            ["Addressing", "LinuxCore", "Namespaces", "Netlink", "NetworkState", "CNITypes", "CNIPlugin"]),
        module("Validation", ["LinuxCore", "CNITypes", "IPAM"]),
        module(
            "Doctor",
            [
                "Addressing", "LinuxCore", "Supervision", "Namespaces", "Netlink", "NetworkState", "CNITypes",
                "IPAM",
            ]),
        .target(
            name: "VXLANOverlay",
            dependencies: ["Addressing", "LinuxCore", "Netlink", "NetworkState", "CNITypes"],
            path: "Examples/VXLAN/Overlay", swiftSettings: settings),
        .executableTarget(
            name: "PluginsExecutable",
            dependencies: [
                "BridgePlugin", "LoopbackPlugin", "HostLocalPlugin", "StaticPlugin", "VXLANPlugin",
                "CNIPlugin",
            ],
            path: "Examples/MultiCall", swiftSettings: settings),
        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: settings),
        tests("AddressingTests", ["TestSupport", "Addressing"]),
        tests("LinuxCoreTests", ["LinuxCore", "CNITesting"]),
        tests("SupervisionTests", ["LinuxCore", "Supervision", "CNITesting"]),
        // A second opinion for the tests alone: no pkgConfig, for which SwiftPM would look in consumers' builds, too.
        .systemLibrary(name: "CLibNLRoute", path: "Tests/CLibNLRoute"),
        tests(
            "NetlinkTests",
            ["TestSupport", "Addressing", "LinuxCore", "Namespaces", "Netlink", "CLibNL", "CLibNLRoute"]),
        tests("CNITypesTests", ["TestSupport", "Addressing", "CNITypes"], resources: [.copy("Fixtures")]),
        tests(
            "NetworkStateTests",
            ["TestSupport", "Addressing", "LinuxCore", "Namespaces", "Netlink", "NetworkState", "CNITesting"]),
        tests(
            "PluginTests",
            [
                "Addressing", "LinuxCore", "Namespaces", "Netlink", "NetworkState", "CNITypes", "IPAM",
                "CNIPlugin", "CNITesting", "BridgePlugin", "LoopbackPlugin", "HostLocalPlugin",
                "StaticPlugin", "VXLANPlugin", "VXLANOverlay", "TestSupport",
            ], resources: [.copy("Fixtures")]),
        tests(
            "TopologyTests",
            [
                "TestSupport", "Addressing", "LinuxCore", "Namespaces", "Netlink", "CNITypes", "CNIPlugin",
                "CNITesting", "Topology", "BridgePlugin", "HostLocalPlugin",
            ]),
        tests(
            "ValidationTests",
            [
                "TestSupport", "LinuxCore", "CNITypes", "IPAM", "Validation", "CNITesting", "BridgePlugin",
                "LoopbackPlugin",
            ]),
        tests(
            "DoctorTests",
            [
                "Addressing", "LinuxCore", "Namespaces", "Netlink", "NetworkState", "CNITypes", "IPAM",
                "CNIPlugin", "CNITesting", "Doctor", "BridgePlugin", "HostLocalPlugin",
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
                "BridgeExecutable", "HostLocalExecutable", "VXLANExecutable",
            ], resources: [.copy("Fixtures")]),
        tests(
            "VXLANOverlayTests",
            [
                "TestSupport", "Addressing", "LinuxCore", "Namespaces", "Netlink", "NetworkState", "CNITypes",
                "CNITesting", "VXLANOverlay",
            ]),
        tests("IPAMTests", ["TestSupport", "Addressing", "LinuxCore", "CNITypes", "IPAM", "CNITesting"]),
    ]
        + plugin("Bridge", ["Addressing", "CNITypes", "CNIPlugin", "NetworkState", "Netlink"])
        + plugin("Loopback", ["Addressing", "CNITypes", "CNIPlugin", "NetworkState", "Netlink"])
        + plugin("HostLocal", ["Addressing", "CNITypes", "CNIPlugin", "IPAM"])
        + plugin("Static", ["Addressing", "CNITypes", "CNIPlugin", "IPAM"])
        + plugin(
            "VXLAN",
            [
                "Addressing", "LinuxCore", "CNITypes", "CNIPlugin", "NetworkState", "Netlink", "BridgePlugin",
                "VXLANOverlay",
            ])
)
