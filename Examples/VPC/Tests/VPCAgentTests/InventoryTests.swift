// SPDX-License-Identifier: Apache-2.0

import AddressPool
import CNITypes
import EC2
import Testing

@testable import VPCAgent

@Suite("What EC2 says, in the pool's words")
struct InventoryTests {
    private let node = NodeIdentity(
        instance: "i-1", type: "m5.large", zone: "a", vpc: "vpc-1", subnet: SubnetID("s"),
        primaryMAC: MACAddress(bits: 2), securityGroups: [],
        limits: InstanceLimits(enis: 3, addressesPerENI: 10))

    private func role(_ variables: [String: String] = [:], _ change: (inout NetworkInterface) -> Void) -> ENI
        .Role?
    {
        var interface = NetworkInterface(
            id: "eni-1", status: .inUse, macAddress: MACAddress(bits: 3), subnetID: "s", vpcID: "vpc-1",
            attachment: InterfaceAttachment(id: "at", deviceIndex: 1, instanceID: "i-1"),
            addresses: [IPAddress("10.0.0.4")].compactMap { $0 }.map { .init($0, isPrimary: true) })
        change(&interface)
        return SeenENI(interface, of: node, AgentOptions.read(variables).options, now: .zero)?.eni.role
    }

    @Test("Whose an ENI is")
    func roles() {
        #expect(role { _ in } == .pool)
        #expect(role { $0.attachment = nil } == nil)
        #expect(role { $0.attachment?.instanceID = "i-2" } == nil)
        #expect(
            role { $0.tags[ENITags.unmanaged] = "true" } == .foreign("tag node.k8s.amazonaws.com/no_manage"))
        #expect(role { $0.attachment?.networkCard = 1 } == .foreign("on network card 1"))
        #expect(role { $0.interfaceType = "efa-only" } == .foreign("of type efa-only"))
        #expect(role { $0.interfaceType = "trunk" } == .foreign("of type trunk"))
        #expect(role { $0.isManagedByService = true } == .foreign("managed by an AWS service"))
        // An IPv6-only ENI of somebody does not keep the agent from starting.
        #expect(role { $0.addresses = [] } == .foreign("without IPv4"))
        #expect(
            role(["MANAGE_UNTAGGED_ENI": "false"]) { _ in } == .foreign("without the tag \(ENITags.instance)")
        )
        #expect(role(["MANAGE_UNTAGGED_ENI": "false"]) { $0.tags[ENITags.instance] = "i-1" } == .pool)
        #expect(role { $0.tags[ENITags.exclusive] = "c1/eth0" } == .exclusive(nil))
    }

    @Test("Addresses that an operator has marked, by a tag or by the variable, stay out")
    func reserved() throws {
        var interface = NetworkInterface(
            id: "eni-0", status: .inUse, macAddress: MACAddress(bits: 2), subnetID: "s", vpcID: "vpc-1",
            attachment: InterfaceAttachment(id: "at", deviceIndex: 0, instanceID: "i-1"),
            addresses: try ["10.0.0.4", "10.0.0.5", "10.0.0.6", "10.0.0.7"].enumerated().map {
                .init(try #require(IPAddress($1)), isPrimary: $0 == 0)
            })
        interface.tags[ENITags.reserved] = "10.0.0.5, x"
        let options = AgentOptions.read(["VPC_AGENT_RESERVED_ADDRESSES": "10.0.0.6"]).options
        let seen = try #require(SeenENI(interface, of: node, options, now: .zero))
        var pool = Pool()
        _ = pool.update([seen], now: .zero)
        pool.prove(holders: [:], now: .zero)
        #expect(pool.counts.total == 1)
        #expect(
            try pool.assign(AttachmentKey(container: "c", interface: "eth0"), now: .zero).v4
                == IPAddress("10.0.0.7"))
    }

    @Test("Subnets are chosen by tags, and those with the most space come first")
    func subnets() {
        func subnet(_ id: String, _ free: Int, _ tags: [String: String] = [:]) -> Subnet {
            Subnet(id: id, vpcID: "vpc-1", availableAddresses: free, tags: tags)
        }
        let tag = SubnetDiscovery.tag
        let all = [
            subnet("subnet-p", 5), subnet("subnet-untagged", 900), subnet("subnet-1", 50, [tag: "1"]),
            subnet("subnet-2", 70, [tag: "1"]), subnet("subnet-0", 80, [tag: "0"]),
            subnet("subnet-blue", 60, [tag: "1", SubnetDiscovery.clusterTag + "blue": "shared"]),
            subnet("subnet-green", 60, [tag: "1", SubnetDiscovery.clusterTag + "green": "shared"]),
        ]
        #expect(
            SubnetDiscovery.chosen(all, primary: "subnet-p", cluster: "blue").map(\.id)
                == ["subnet-2", "subnet-blue", "subnet-1", "subnet-p"])
        let excluded = [subnet("subnet-p", 5, [tag: "0"]), subnet("subnet-1", 50, [tag: "1"])]
        #expect(SubnetDiscovery.chosen(excluded, primary: "subnet-p", cluster: "").map(\.id) == ["subnet-1"])
    }

    @Test("The ENIConfig of a node: by external label, annotation, label, or default")
    func eniConfig() throws {
        func name(_ labels: [String: JSON], _ annotations: [String: JSON] = [:]) -> String {
            ENIConfig.name(
                of: [
                    "metadata": [
                        "labels": .object(JSONObject(labels)),
                        "annotations": .object(JSONObject(annotations)),
                    ]
                ],
                annotation: "k8s.amazonaws.com/eniConfig", label: "topology.kubernetes.io/zone")
        }
        #expect(name([:]) == "default")
        #expect(name(["topology.kubernetes.io/zone": "eu-1a"]) == "eu-1a")
        #expect(
            name(["topology.kubernetes.io/zone": "eu-1a"], ["k8s.amazonaws.com/eniConfig": "pods"]) == "pods")
        #expect(
            name(["vpc.amazonaws.com/externalEniConfig": "x"], ["k8s.amazonaws.com/eniConfig": "pods"]) == "x"
        )
        let config = try ENIConfig(["spec": ["subnet": "subnet-1", "securityGroups": ["sg-1"]]])
        #expect(config == ENIConfig(subnet: "subnet-1", securityGroups: ["sg-1"]))
        #expect(throws: CNIError.self) { try ENIConfig(["spec": ["subnet": "eu-1a"]]) }
        #expect(throws: CNIError.self) {
            try ENIConfig(["spec": ["subnet": "subnet-1", "securityGroups": [1]]])
        }
    }

    @Test("What pods want of ENIs of their own")
    func wishes() throws {
        let wishes = try ExclusiveWishes(
            parsing: Array(
                #"{"*": {"securityGroups": ["sg-3"]}, "pay/api-*": {"subnet": "subnet-x", "securityGroups": ["sg-1"]}}"#
                    .utf8))
        let key = AttachmentKey(container: "c", interface: "eth0")
        #expect(wishes.request(key, pod: "pay/api-0").securityGroups == ["sg-1"])
        #expect(wishes.request(key, pod: "pay/api-0").subnet == SubnetID("subnet-x"))
        #expect(wishes.request(key, pod: "default/web").securityGroups == ["sg-3"])
        #expect(throws: CNIError.self) {
            try ExclusiveWishes(parsing: Array(#"{"a": {"securityGroups": "sg-1"}}"#.utf8))
        }
    }
}
