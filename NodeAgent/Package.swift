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

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")

func library(_ name: String) -> Target.Dependency { .product(name: name, package: "swift-cni") }
func nio(_ name: String) -> Target.Dependency { .product(name: name, package: "swift-nio") }
let argumentParser = Target.Dependency.product(
    name: "ArgumentParser", package: "swift-argument-parser")
let ssl = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")

/// A module under Sources/<folder>.
func module(_ name: String, _ folder: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/\(folder)", swiftSettings: settings)
}

// A package of its own: SwiftPM fetches every dependency of a package for those that depend on it, and a
// plugin's author has no use for HTTP and TLS.
let package = Package(
    name: "node-agent",
    products: [
        .library(
            name: "NodeAgent",
            targets: [
                "NodeAgent", "NodeAgentCore", "NodeAgentHTTP", "NodeAgentKubernetes", "NodeAgentStatus",
            ]),
        // For tests of agents: an API server on loopback, certificates, programs.
        .library(name: "NodeAgentTesting", targets: ["NodeAgentTesting"]),
    ],
    dependencies: [
        .package(name: "swift-cni", path: ".."),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    ],
    targets: [
        // What everything else stands on: failures, pauses, files, blocking events.
        module("NodeAgentCore", "Core", [library("CNITypes"), library("LinuxCore"), nio("NIOPosix")]),
        // Clients of servers that speak JSON.
        module(
            "NodeAgentHTTP", "HTTP",
            [
                "NodeAgentCore", library("CNITypes"), library("LinuxCore"), nio("NIOCore"), nio("NIOPosix"),
                nio("NIOHTTP1"), ssl,
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
            ]),
        module(
            "NodeAgentKubernetes", "Kubernetes",
            [
                "NodeAgentCore", "NodeAgentHTTP", library("CNITypes"),
                .product(name: "Yams", package: "Yams"),
            ]),
        // Pages for probes, Prometheus and people.
        module(
            "NodeAgentStatus", "Status",
            [
                "NodeAgentCore", library("CNITypes"), library("LinuxCore"), logging, lifecycle,
                nio("NIOCore"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ]),
        // The process: options, logs, signals.
        module(
            "NodeAgent", "Agent",
            [
                "NodeAgentCore", "NodeAgentHTTP", "NodeAgentKubernetes", "NodeAgentStatus",
                library("CNITypes"),
                logging,
                lifecycle, signals, argumentParser,
            ]),
        module(
            "NodeAgentTesting", "Testing",
            [
                library("CNITypes"), library("CNITesting"), nio("NIOCore"), nio("NIOPosix"), nio("NIOHTTP1"),
                ssl, argumentParser, .product(name: "Yams", package: "Yams"),
            ]),
        .testTarget(
            name: "NodeAgentTests",
            dependencies: [
                "NodeAgent", "NodeAgentCore", "NodeAgentHTTP", "NodeAgentKubernetes", "NodeAgentStatus",
                "NodeAgentTesting", library("CNITypes"), library("CNITesting"), logging, lifecycle,
                nio("NIOCore"),
                argumentParser,
            ], path: "Tests", swiftSettings: settings),
    ]
)
