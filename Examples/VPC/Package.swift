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
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let nodeAgentTesting = Target.Dependency.product(name: "NodeAgentTesting", package: "node-agent")
let nodeAgent = Target.Dependency.product(name: "NodeAgent", package: "node-agent")

func library(_ name: String) -> Target.Dependency { .product(name: name, package: cni) }

// A package of its own: SwiftPM fetches every dependency of a package for those that depend on it, and a
// plugin's author has no use for EC2.
let package = Package(
    name: "vpc",
    products: [
        .library(name: "EC2", targets: ["EC2"]),
        .executable(name: "vpc-agent", targets: ["vpc-agent"]),
        .library(name: "VPCModel", targets: ["VPCModel"]),
        .library(name: "VPCSimulator", targets: ["VPCSimulator"]),
        .library(name: "VPCFabric", targets: ["VPCFabric"]),
        .library(name: "VPCBox", targets: ["VPCBox"]),
        .executable(name: "vpc-simulator", targets: ["vpc-simulator"]),
    ],
    dependencies: [
        .package(name: cni, path: "../.."),
        .package(name: "node-agent", path: "../../NodeAgent"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/CoreOffice/XMLCoder", from: "0.18.0"),
    ],
    targets: [
        .target(
            name: "EC2",
            dependencies: [
                library("CNITypes"), logging,
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "XMLCoder", package: "XMLCoder"),
            ], path: "EC2", swiftSettings: settings),
        .target(
            name: "AddressPool",
            dependencies: [library("Addressing"), library("LinuxCore"), library("CNITypes")], path: "Pool",
            swiftSettings: settings),
        .target(
            name: "VPCAgent",
            dependencies: [
                "AddressPool", "EC2", library("Addressing"), library("LinuxCore"), library("CNITypes"),
                library("Namespaces"), library("Netlink"), library("NetworkState"), library("Topology"),
                library("VPCNetwork"), nodeAgent, logging, lifecycle,
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ], path: "Agent", swiftSettings: settings),
        .executableTarget(
            name: "vpc-agent",
            dependencies: [
                "AddressPool", "EC2", "VPCAgent", library("CNITypes"), nodeAgent, logging, lifecycle, signals,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], path: "AgentCommand", swiftSettings: settings),
        .target(
            name: "VPCModel", dependencies: [library("Addressing"), library("LinuxCore")],
            path: "Simulator/Model", swiftSettings: settings),
        .target(
            name: "VPCSimulator",
            dependencies: [
                "VPCModel", library("Addressing"), library("LinuxCore"), library("CNITypes"), logging,
                lifecycle,
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
            ], path: "Simulator/Server", swiftSettings: settings),
        .executableTarget(
            name: "vpc-simulator",
            dependencies: [
                "VPCModel", "VPCSimulator", "VPCBox", library("Addressing"), library("CNITypes"), logging,
                lifecycle, signals, .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], path: "Simulator/Command", swiftSettings: settings),
        .target(name: "CTunnelShims", path: "Simulator/TunnelShims"),
        .target(
            name: "VPCFabric",
            dependencies: [
                "CTunnelShims", "VPCModel", library("Addressing"), library("LinuxCore"),
                library("Namespaces"), library("Netlink"),
            ], path: "Simulator/Fabric", swiftSettings: settings),
        .target(
            name: "VPCBox",
            dependencies: [
                "VPCModel", "VPCSimulator", "VPCFabric", library("Addressing"), library("CNITypes"),
                logging, lifecycle,
            ], path: "Simulator/Box", swiftSettings: settings),
        .testTarget(
            name: "VPCModelTests", dependencies: ["VPCModel", library("Addressing")],
            path: "Tests/VPCModelTests", swiftSettings: settings),
        .testTarget(
            name: "VPCSimulatorTests",
            dependencies: [
                "VPCModel", "VPCSimulator", "vpc-simulator", library("Addressing"), library("CNITypes"),
            ],
            path: "Tests/VPCSimulatorTests", exclude: ["Resources"], swiftSettings: settings),
        .testTarget(
            name: "VPCFabricTests",
            dependencies: [
                "VPCFabric", "VPCModel", library("Addressing"), library("LinuxCore"),
                library("Namespaces"), library("Netlink"), library("CNITesting"), nodeAgentTesting,
            ], path: "Tests/VPCFabricTests", swiftSettings: settings),
        .testTarget(
            name: "VPCBoxTests",
            dependencies: [
                "VPCBox", "VPCFabric", "VPCModel", "VPCSimulator", "vpc-agent", "vpc-simulator",
                library("Addressing"), library("LinuxCore"), library("CNITypes"), library("CNITesting"),
                library("CNIPlugin"), library("Netlink"), library("VPCPlugin"),
                nodeAgentTesting,
            ], path: "Tests/VPCBoxTests", swiftSettings: settings),
        .testTarget(
            name: "EC2Tests",
            dependencies: [
                "EC2", library("CNITypes"), library("CNITesting"), nodeAgentTesting, logging,
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "XMLCoder", package: "XMLCoder"),
            ], path: "Tests/EC2Tests", swiftSettings: settings),
        .testTarget(
            name: "AddressPoolTests",
            dependencies: [
                "AddressPool", library("Addressing"), library("LinuxCore"), library("CNITypes"),
                library("CNITesting"),
            ], path: "Tests/AddressPoolTests", swiftSettings: settings),
        .testTarget(
            name: "VPCAgentTests",
            dependencies: [
                "AddressPool", "EC2", "VPCAgent", "VPCModel", "VPCSimulator", "vpc-agent",
                library("Addressing"), library("LinuxCore"), library("CNITypes"), library("CNITesting"),
                library("Namespaces"), library("Netlink"), library("NetworkState"), library("VPCNetwork"),
                nodeAgent, logging,
                nodeAgentTesting,
            ], path: "Tests/VPCAgentTests", swiftSettings: settings),
    ]
)
