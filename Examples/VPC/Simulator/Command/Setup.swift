// SPDX-License-Identifier: Apache-2.0

import Addressing
import ArgumentParser
import CNITypes
import FoundationEssentials
import Glibc
import VPCSimulator

/// Where the resources of the start come from.
enum Setup {
    /// Reads the file, or makes a document for one VPC.
    static func read(
        file: String?, vpc: String, instances: Int, type: String, region: String?
    ) throws -> SetupDocument {
        do {
            if let file { return try SetupDocument(parsing: try contents(of: file)) }
            let document = try document(
                vpc: vpc, instances: instances, type: type, region: region ?? "us-east-1")
            return try SetupDocument(parsing: Array(document.serialized().utf8))
        } catch let error as DocumentError {
            throw ValidationError("\(file ?? "the flags"): \(error)")
        }
    }

    /// Splits `127.0.0.1:4599`.
    static func address(_ text: String) throws -> (host: String, port: Int) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            0...65_535 ~= port
        else { throw ValidationError("\"\(text)\" is not ADDRESS:PORT") }
        let host = text[..<colon].filter { $0 != "[" && $0 != "]" }
        return (host.isEmpty ? "0.0.0.0" : host, port)
    }

    private static func document(vpc: String, instances: Int, type: String, region: String) throws -> JSON {
        guard let range = IPPrefix(vpc), range.family == .v4, range.isNetwork, 16...26 ~= range.length,
            let half = IPPrefix(range.address, length: range.length + 2),
            let next = half.last.advanced(by: 1), let second = IPPrefix(next, length: half.length)
        else { throw ValidationError("--vpc: \"\(vpc)\" is no range between /16 and /26") }
        guard 0...1000 ~= instances else { throw ValidationError("--instances: expected 0 to 1000") }
        let nodes = (0..<instances).map { index -> JSON in
            [
                "name": .string("node-\(index + 1)"), "type": .string(type),
                "subnet": .string(index % 2 == 0 ? "a" : "b"), "groups": ["nodes"], "role": "node",
                "metadata": ["hopLimit": 2],
            ]
        }
        return [
            "region": .string(region),
            "vpcs": [
                [
                    "name": "default", "cidrs": [.string(vpc)], "ipv6": true,
                    "groups": [
                        [
                            "name": "nodes", "description": "nodes and their pods",
                            "ingress": [["protocol": "-1", "group": "nodes"]],
                        ]
                    ],
                    "subnets": [
                        [
                            "name": "a", "cidr": JSON(half), "ipv6": true, "zone": .string(region + "a"),
                            "tags": ["kubernetes.io/role/cni": "1"],
                        ],
                        [
                            "name": "b", "cidr": JSON(second), "ipv6": true, "zone": .string(region + "b"),
                            "tags": ["kubernetes.io/role/cni": "1"],
                        ],
                    ],
                    "instances": .array(nodes),
                ]
            ],
        ]
    }

    private static func contents(of path: String) throws -> [UInt8] {
        do {
            return Array(try Data(contentsOf: URL(filePath: path)))
        } catch {
            throw ValidationError("\(path): cannot be read")
        }
    }
}

/// Writes what has been printed: a pipe is buffered otherwise.
func flush() { fflush(nil) }
