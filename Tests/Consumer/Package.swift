// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

// A package of somebody else's. `make consumer` copies it to another place, where it is complete: its sources are the
// plugin of the README and a kind of link that swift-cni does not know; the other target names types of every module
// that others' signatures have.
let package = Package(
    name: "point-to-point",
    dependencies: [
        .package(name: "swift-cni", path: Context.environment["SWIFT_CNI"] ?? "../..")
    ],
    targets: [
        .executableTarget(
            name: "point-to-point",
            dependencies: [
                .product(name: "CNIPlugin", package: "swift-cni"),
                .product(name: "Netlink", package: "swift-cni"),
                .product(name: "NetworkState", package: "swift-cni"),
            ],
            path: "Sources"),
        .target(
            name: "Names",
            dependencies: [
                "Addressing", "CNIRuntime", "CNITypes", "LinuxCore", "Namespaces", "Netlink", "NetworkState",
                "ReferencePlugins", "Validation",
            ].map { .product(name: $0, package: "swift-cni") },
            path: "Names", swiftSettings: [.enableUpcomingFeature("MemberImportVisibility")]),
    ]
)
