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
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let agent = Target.Dependency.product(name: "NodeAgent", package: "node-agent")
let agentTesting = Target.Dependency.product(name: "NodeAgentTesting", package: "node-agent")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")

func library(_ name: String) -> Target.Dependency { .product(name: name, package: cni) }

// A package of its own: SwiftPM fetches every dependency of a package for those that depend on it, and a
// plugin's author has no use for HTTP and TLS.
let package = Package(
    name: "vxlan-agent",
    dependencies: [
        .package(name: cni, path: "../../.."),
        .package(name: "node-agent", path: "../../../NodeAgent"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .target(
            name: "LeaseStores",
            dependencies: [
                agent, library("CNITypes"), library("VXLANOverlay"), logging,
            ], swiftSettings: settings),
        .target(
            name: "OverlayAgent",
            dependencies: [
                "LeaseStores", agent, library("CNITypes"), library("VXLANOverlay"), library("Netlink"),
                library("NetworkState"), logging, lifecycle,
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ], swiftSettings: settings),
        .executableTarget(
            name: "vxlan-agent",
            dependencies: [
                "LeaseStores", "OverlayAgent", agent, library("CNITypes"), library("VXLANOverlay"), logging,
                lifecycle, .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], path: "Sources/Command", swiftSettings: settings),
        .target(
            name: "AgentTestSupport",
            dependencies: [
                "LeaseStores", agentTesting, library("CNITesting"), library("CNITypes"),
            ],
            path: "Tests/Support", swiftSettings: settings),
        .testTarget(
            name: "LeaseStoreTests",
            dependencies: [
                "LeaseStores", "AgentTestSupport", agent, agentTesting, library("CNITypes"),
                library("CNITesting"), library("VXLANOverlay"), logging,
            ], swiftSettings: settings),
        .testTarget(
            name: "OverlayAgentTests",
            dependencies: [
                "LeaseStores", "OverlayAgent", "AgentTestSupport", "vxlan-agent", agent, agentTesting,
                library("CNITypes"),
                library("CNITesting"), library("CNIPlugin"), library("VXLANPlugin"), library("VXLANOverlay"),
                library("Netlink"), library("NetworkState"), library("HostLocalPlugin"), logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], swiftSettings: settings),
    ]
)
