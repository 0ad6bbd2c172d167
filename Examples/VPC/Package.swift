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

func library(_ name: String) -> Target.Dependency { .product(name: name, package: cni) }

// A package of its own: SwiftPM fetches every dependency of a package for whoever depends on it, and who writes a
// plugin has no use for EC2.
let package = Package(
    name: "vpc",
    products: [
        .library(name: "EC2", targets: ["EC2"])
    ],
    dependencies: [
        .package(name: cni, path: "../.."),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
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
        .testTarget(
            name: "EC2Tests",
            dependencies: [
                "EC2", library("CNITypes"), library("CNITesting"), logging,
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ], path: "Tests/EC2Tests", swiftSettings: settings),
    ]
)
