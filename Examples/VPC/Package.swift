// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let warnings: [SwiftSetting] =
    Context.environment["SWIFT_CNI_STRICT"] == "1" ? [.treatAllWarnings(as: .error)] : []
let settings: [SwiftSetting] =
    warnings + [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
    ]

let cni = "swift-cni"

func library(_ name: String) -> Target.Dependency { .product(name: name, package: cni) }

// A package of its own: SwiftPM fetches every dependency of a package for whoever depends on it, and who writes a
// plugin has no use for a simulator's.
let package = Package(
    name: "vpc",
    products: [.library(name: "VPCFabric", targets: ["VPCFabric"])],
    dependencies: [.package(name: cni, path: "../..")],
    targets: [
        .target(name: "CTunnelShims", path: "Simulator/TunnelShims"),
        .target(
            name: "VPCFabric",
            dependencies: [
                "CTunnelShims", library("Addressing"), library("LinuxCore"), library("Namespaces"),
                library("Netlink"),
            ], path: "Simulator/Fabric", swiftSettings: settings),
        .testTarget(
            name: "VPCFabricTests",
            dependencies: [
                "VPCFabric", library("Addressing"), library("LinuxCore"), library("Namespaces"),
                library("Netlink"), library("CNITesting"),
            ], path: "Tests/VPCFabricTests", swiftSettings: settings),
    ]
)
