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
// plugin has no use for HTTP and TLS.
let package = Package(
    name: "vpc",
    dependencies: [
        .package(name: cni, path: "../..")
    ],
    targets: [
        .target(
            name: "AddressPool",
            dependencies: [library("Addressing"), library("LinuxCore"), library("CNITypes")], path: "Pool",
            swiftSettings: settings),
        .testTarget(
            name: "AddressPoolTests",
            dependencies: [
                "AddressPool", library("Addressing"), library("LinuxCore"), library("CNITypes"),
                library("CNITesting"),
            ],
            path: "Tests/AddressPoolTests", swiftSettings: settings),
    ]
)
