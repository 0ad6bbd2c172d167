// SPDX-License-Identifier: Apache-2.0

import CNITesting
import CNITypes
import Glibc
import NodeAgentTesting
import Synchronization
import Testing

/// The built simulator with packets: two nodes, the internet and an office behind a VPN, each a namespace.
final class BoxWorld: Sendable {
    let folder: TemporaryFolder
    let nodes: [BoxNode]
    let internet: TestContainer
    let office: TestContainer
    private let simulator: Program
    let url: String
    /// The identifiers of what the setup names, by `kind/name`.
    let names: [String: String]

    static let pods = "100.96."

    /// Starts it.
    ///
    /// - Parameters:
    ///   - type: The nodes' type: `t3.small` has 3 ENIs of 4 addresses, `tiny` 2 of 2.
    ///   - change: Changes the setup file.
    init(type: String = "t3.small", _ change: (inout JSON) -> Void = { _ in }) throws {
        let folder = try TemporaryFolder()
        self.folder = folder
        internet = try TestContainer(id: "internet", pathAfterwards: "\(folder.path)/gone")
        office = try TestContainer(id: "office", pathAfterwards: "\(folder.path)/gone")
        nodes = try [BoxNode("node1", folder), BoxNode("node2", folder)]
        var document = Self.document(type)
        document["packets"] = [
            "namespaces": .object(
                JSONObject(
                    Dictionary(uniqueKeysWithValues: nodes.map { ($0.name, JSON.string($0.path)) }))),
            "endpoint": ["subnet": "a", "address": "10.42.1.5", "groups": ["open"]],
            "internet": ["namespace": .string(internet.path), "addresses": ["192.0.2.80", "2001:4860::8"]],
            "vpn": [
                "namespace": .string(office.path), "addresses": ["192.168.50.10", "192.168.50.11"],
                "networks": ["192.168.50.0/24"],
            ],
            "flowLogInterval": 1,
            "flowLogs": [
                [
                    "file": .string("\(folder.path)/flows.log"),
                    "format":
                        "${interface-id} ${flow-direction} ${srcaddr} ${dstaddr} ${pkt-srcaddr} ${pkt-dstaddr} ${action}",
                ]
            ],
        ]
        change(&document)
        let file = try folder.write("vpc.json", document.serialized())
        let output = "\(folder.path)/simulator"
        let simulator = try Program([Self.executable("vpc-simulator"), "--file", file], output: output)
        self.simulator = simulator
        var names: [String: String] = [:]
        var url = ""
        let isThere = eventually {
            for line in ((try? TemporaryFolder.read(output)) ?? "").split(separator: "\n") {
                let words = line.split(separator: " ").map(String.init)
                if line.hasPrefix("listening on "), words.count == 3 { url = words[2] }
                if words.count == 2 { names[words[0]] = words[1] }
            }
            return !url.isEmpty || waitpid(simulator.process, nil, WNOHANG) != 0
        }
        guard isThere, !url.isEmpty else {
            throw Program.Failure(description: "vpc-simulator: \(try TemporaryFolder.read(output))")
        }
        (self.names, self.url) = (names, url)
    }

    deinit {
        for node in nodes { node.stop(SIGKILL) }
        simulator.end(SIGTERM)
    }

    private static func document(_ type: String) -> JSON {
        [
            "listen": "127.0.0.1:0", "checkSignatures": false, "seed": 3,
            "timing": ["attach": 0.2, "detach": 0.2, "launch": 0, "terminate": 0.2],
            "roles": ["node": [:]],
            "instanceTypes": [["name": "tiny", "cards": [2], "addresses": 2, "ipv6Addresses": 2]],
            "vpcs": [
                [
                    "name": "v", "cidrs": ["10.42.0.0/16", "100.96.0.0/16"], "ipv6": true,
                    "groups": [
                        ["name": "open", "ingress": [["cidr": "0.0.0.0/0"], ["cidr": "::/0"]]],
                        ["name": "closed"],
                    ],
                    "subnets": [
                        [
                            "name": "a", "cidr": "10.42.1.0/24", "zone": "us-east-1a", "ipv6": true,
                            "public": true,
                        ],
                        [
                            "name": "pods", "cidr": "100.96.0.0/18", "zone": "us-east-1a", "ipv6": true,
                            "tags": ["kubernetes.io/role/cni": "1"],
                        ],
                    ],
                    "instances": .array(
                        [1, 2].map { number in
                            [
                                "name": .string("node\(number)"), "type": .string(type), "subnet": "a",
                                "groups": ["open"], "address": .string("10.42.1.\(number)0"), "role": "node",
                                "ipv6Addresses": 1,
                            ]
                        }),
                ]
            ],
        ]
    }

    /// A built executable, which is beside the tests.
    static func executable(_ name: String) -> String {
        let tests = CommandLine.arguments[0]
        let slash = tests.lastIndex(of: "/") ?? tests.startIndex
        return "\(tests[..<slash])/\(name)"
    }

    /// What the simulator logs.
    var log: String { (try? TemporaryFolder.read("\(folder.path)/simulator")) ?? "" }

    // MARK: EC2 and the simulator's own API

    private func curl(_ words: String...) throws -> String {
        try Program.run(["/usr/bin/curl", "-sS", "--fail-with-body", "--max-time", "90"] + words, in: folder)
    }

    /// A call of EC2's; the answer is XML.
    @discardableResult
    func ec2(_ action: String, _ parameters: [String: String] = [:]) throws -> String {
        let query = parameters.sorted { $0.key < $1.key }.map { "&\($0.key)=\($0.value)" }.joined()
        return try curl("\(url)/?Action=\(action)&Version=2016-11-15\(query)")
    }

    /// The content of the first element of a name.
    static func element(_ name: String, of xml: String) -> String? {
        guard let start = xml.firstRange(of: "<\(name)>") else { return nil }
        return String(xml[start.upperBound...].prefix { $0 != "<" })
    }

    func state() throws -> JSON { try JSON(parsing: Array(curl("\(url)/_simulator/state").utf8)) }

    func flows() throws -> [JSON] {
        try JSON(parsing: Array(curl("\(url)/_simulator/flows").utf8)).array ?? []
    }

    func set(_ faults: JSON) throws {
        _ = try curl("-X", "PUT", "--data", faults.serialized(), "\(url)/_simulator/faults")
    }

    func clearFaults() throws { _ = try curl("-X", "DELETE", "\(url)/_simulator/faults") }

    func id(_ name: String) throws -> String { try #require(names[name]) }

    /// The ENIs of a node, by device index.
    func enis(of node: BoxNode) throws -> [JSON] {
        let instance = try id("instance/\(node.name)")
        return (try state()["interfaces"]?.array ?? []).filter {
            $0["attachment"]?["instance"]?.string == instance
        }.sorted {
            ($0["attachment"]?["deviceIndex"]?.int ?? 0) < ($1["attachment"]?["deviceIndex"]?.int ?? 0)
        }
    }

    /// Makes an ENI as a node's agent does, and leaves it at that.
    func leak(by node: BoxNode) throws -> String {
        let instance = try id("instance/\(node.name)")
        var parameters = try [
            "SubnetId": id("subnet/pods"), "Description": "aws-K8S-\(instance)",
            "TagSpecification.1.ResourceType": "network-interface",
        ]
        let tags = [
            "node.k8s.amazonaws.com/instance_id": instance, "cluster.k8s.amazonaws.com/name": "box",
            "eks:eni:owner": "amazon-vpc-cni",
        ]
        for (number, tag) in tags.enumerated() {
            parameters["TagSpecification.1.Tag.\(number + 1).Key"] = tag.key
            parameters["TagSpecification.1.Tag.\(number + 1).Value"] = tag.value
        }
        return try #require(
            Self.element("networkInterfaceId", of: ec2("CreateNetworkInterface", parameters)))
    }

    /// Makes an ENI with secondary addresses in a subnet and attaches it.
    func attach(to node: BoxNode, index: Int = 1, subnet: String = "pods", addresses: Int = 2) throws
        -> (eni: String, attachment: String)
    {
        let made = try ec2(
            "CreateNetworkInterface",
            [
                "SubnetId": id("subnet/\(subnet)"), "SecondaryPrivateIpAddressCount": "\(addresses)",
                "SecurityGroupId.1": id("group/open"),
            ])
        let eni = try #require(Self.element("networkInterfaceId", of: made))
        let attached = try ec2(
            "AttachNetworkInterface",
            [
                "NetworkInterfaceId": eni, "InstanceId": id("instance/\(node.name)"),
                "DeviceIndex": "\(index)",
            ])
        return (eni, try #require(Self.element("attachmentId", of: attached)))
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips where this process may not make network namespaces and TAP devices.
    static var needsFabric: Self {
        .enabled("needs CAP_SYS_ADMIN, CAP_NET_ADMIN and /dev/net/tun") {
            guard access("/dev/net/tun", R_OK | W_OK) == 0 else { return false }
            return (try? TestNetwork()) != nil
        }
    }
}
