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

// A package of its own: SwiftPM fetches every dependency of a package for those that depend on it, and the libraries
// have none.
let package = Package(
    name: "cni",
    dependencies: [
        .package(name: "swift-cni", path: "../.."),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    ],
    targets: [
        .executableTarget(
            name: "cni",
            dependencies: [
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "LinuxCore", package: "swift-cni"),
                .product(name: "CNITypes", package: "swift-cni"),
                .product(name: "CNIRuntime", package: "swift-cni"),
                .product(name: "Namespaces", package: "swift-cni"),
                .product(name: "Netlink", package: "swift-cni"),
                .product(name: "NetworkState", package: "swift-cni"),
                .product(name: "Topology", package: "swift-cni"),
                .product(name: "Validation", package: "swift-cni"),
                .product(name: "Doctor", package: "swift-cni"),
                .product(name: "CNIPlugin", package: "swift-cni"),
                .product(name: "ReferencePlugins", package: "swift-cni"),
            ],
            path: "Commands", swiftSettings: settings)
    ]
)
