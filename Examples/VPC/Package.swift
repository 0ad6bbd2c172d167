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

// A package of its own: whoever writes a plugin has no use for HTTP and cryptography.
let package = Package(
    name: "vpc",
    products: [
        .library(name: "VPCModel", targets: ["VPCModel"]),
        .library(name: "VPCSimulator", targets: ["VPCSimulator"]),
        .library(name: "VPCFabric", targets: ["VPCFabric"]),
        .executable(name: "vpc-simulator", targets: ["vpc-simulator"]),
    ],
    dependencies: [
        .package(name: cni, path: "../.."),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .target(
            name: "VPCModel", dependencies: [library("Addressing")], path: "Simulator/Model",
            swiftSettings: settings),
        .target(
            name: "VPCSimulator",
            dependencies: [
                "VPCModel", library("Addressing"), library("CNITypes"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], path: "Simulator/Server", swiftSettings: settings),
        .executableTarget(
            name: "vpc-simulator",
            dependencies: [
                "VPCModel", "VPCSimulator", library("Addressing"), library("CNITypes"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ], path: "Simulator/Command", swiftSettings: settings),
        .target(name: "CTunnelShims", path: "Simulator/TunnelShims"),
        .target(
            name: "VPCFabric",
            dependencies: [
                "CTunnelShims", "VPCModel", library("Addressing"), library("LinuxCore"),
                library("Namespaces"), library("Netlink"),
            ], path: "Simulator/Fabric", swiftSettings: settings),
        .testTarget(
            name: "VPCModelTests", dependencies: ["VPCModel", library("Addressing")],
            path: "Tests/VPCModelTests",
            swiftSettings: settings),
        .testTarget(
            name: "VPCSimulatorTests",
            dependencies: [
                "VPCModel", "VPCSimulator", "vpc-simulator", library("Addressing"), library("CNITypes"),
            ],
            path: "Tests/VPCSimulatorTests", resources: [.copy("Resources")], swiftSettings: settings),
        .testTarget(
            name: "VPCFabricTests",
            dependencies: [
                "VPCFabric", "VPCModel", library("Addressing"), library("LinuxCore"),
                library("Namespaces"), library("Netlink"), library("CNITesting"),
            ], path: "Tests/VPCFabricTests", swiftSettings: settings),
    ]
)
