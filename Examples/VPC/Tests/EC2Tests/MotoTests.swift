// SPDX-License-Identifier: Apache-2.0

import CNITypes
import Testing

@testable import EC2

/// The calls against moto's EC2, for what it can check: names, encoding, errors, the life of an interface.
@Suite(.needsMoto, .moto, .serialized, .timeLimit(.minutes(5)))
struct MotoTests {
    private func client() throws -> EC2Client { try EC2Client.of(MotoServer.url) }

    /// A VPC with IPv6, a subnet of its own, and an instance in it.
    private func world(_ client: EC2Client) async throws -> (vpc: String, subnet: String, instance: String) {
        let vpc = try await client.call(
            "CreateVpc", [("CidrBlock", "10.7.0.0/16"), ("AmazonProvidedIpv6CidrBlock", "true")])
        let vpcID = try vpc.element("vpc").required("vpcId")
        let described = try await client.call("DescribeVpcs", [("VpcId.1", vpcID)])
        let network = try #require(
            try described.items("vpcSet").first?.items("ipv6CidrBlockAssociationSet").first?
                .prefix("ipv6CidrBlock"))
        let subnet = try await client.call(
            "CreateSubnet",
            [
                ("VpcId", vpcID), ("CidrBlock", "10.7.1.0/24"),
                ("Ipv6CidrBlock", "\(network.first)/64"), ("AvailabilityZone", "us-east-1a"),
            ])
        let subnetID = try subnet.element("subnet").required("subnetId")
        let run = try await client.call(
            "RunInstances",
            [
                ("ImageId", "ami-12c6146b"), ("MinCount", "1"), ("MaxCount", "1"),
                ("InstanceType", "m5.large"),
                ("SubnetId", subnetID),
            ])
        return (vpcID, subnetID, try #require(try run.items("instancesSet").first?.required("instanceId")))
    }

    @Test func `an interface lives, with addresses, tags and groups`() async throws {
        let client = try client()
        let (vpc, subnet, instance) = try await world(client)
        let groups = try await client.describeSecurityGroups(.matching("vpc-id", vpc))
        let group = try #require(groups.first)
        #expect(group.name == "default" && group.vpcID == vpc)
        #expect(group.egress.contains { $0.ipProtocol == "-1" && $0.networks.contains(.everything(.v4)) })

        let subnets = try await client.describeSubnets(.ids([subnet]))
        #expect(subnets.first?.ipv4Network?.description == "10.7.1.0/24")
        #expect(subnets.first?.availabilityZone == "us-east-1a")
        let before = try #require(subnets.first?.availableAddresses)

        let tags = ["cluster.k8s.amazonaws.com/name": "c & d", "é": "<ü>", "empty": ""]
        let created = try await client.createNetworkInterface(
            NetworkInterfaceRequest(
                subnetID: subnet, text: "pods' addresses & more", securityGroupIDs: [group.id],
                ipv4: .addressCount(3), ipv6: .addressCount(2), tags: tags))
        #expect(created.id.hasPrefix("eni-"))
        #expect(created.secondaryAddresses.count == 3)
        #expect(created.primaryAddress != nil && created.macAddress != nil)
        #expect(created.ipv6Addresses.count == 2)
        #expect(created.tags == tags)
        #expect(created.text == "pods' addresses & more")
        #expect(created.securityGroupIDs == [group.id])
        #expect(created.attachment == nil)
        #expect(try await client.describeSubnets(.ids([subnet])).first?.availableAddresses == before - 4)

        let attachment = try await client.attachNetworkInterface(created.id, to: instance, deviceIndex: 1)
        var found = try #require(try await client.describeNetworkInterfaces(.ids([created.id])).first)
        #expect(found.attachment?.id == attachment)
        #expect(found.attachment?.instanceID == instance)
        #expect(found.attachment?.deviceIndex == 1)
        #expect(found.status == .inUse)

        let instances = try await client.describeInstances(.ids([instance]))
        let described = try #require(instances.first)
        #expect(described.type == "m5.large" && described.vpcID == vpc && described.subnetID == subnet)
        #expect(described.availabilityZone == "us-east-1a")
        #expect(
            described.networkInterfaces.map { $0.attachment?.deviceIndex }.sorted { ($0 ?? 0) < ($1 ?? 0) }
                == [0, 1])
        #expect(described.networkInterfaces.allSatisfy { $0.attachment?.instanceID == instance })

        try await client.modifyNetworkInterface(created.id, .checksSourceAndDestination(false))
        try await client.modifyNetworkInterface(created.id, .text("other"))
        try await client.modifyNetworkInterface(created.id, .securityGroupIDs([group.id]))
        try await client.modifyNetworkInterface(
            created.id, .deletesOnTermination(attachment: attachment, true))
        try await client.createTags(["more": "m"], on: [created.id])
        let one = try #require(IPAddress("10.7.1.99"))
        _ = try await client.assignPrivateIPAddresses(.addresses([one]), to: created.id)
        _ = try await client.assignPrivateIPAddresses(.addressCount(2), to: created.id)
        _ = try await client.assignIPv6Addresses(.addressCount(1), to: created.id)
        found = try #require(try await client.describeNetworkInterfaces(.matching("tag:more", "m")).first)
        #expect(found.id == created.id)
        #expect(found.text == "other" && !found.checksSourceAndDestination)
        #expect(found.secondaryAddresses.contains(one))
        #expect(found.ipv6Addresses.count == 3)
        #expect(found.tags["more"] == "m" && found.tags["é"] == "<ü>")

        let gone = AssignedAddresses(addresses: [one])
        try await client.unassignPrivateIPAddresses(gone, from: created.id)
        let ipv6 = AssignedAddresses(addresses: Array(found.ipv6Addresses.prefix(1)))
        try await client.unassignIPv6Addresses(ipv6, from: created.id)
        found = try #require(try await client.describeNetworkInterfaces(.ids([created.id])).first)
        #expect(!found.secondaryAddresses.contains(one))
        #expect(found.ipv6Addresses.count == 2)

        try await client.detachNetworkInterface(attachment: attachment)
        found = try #require(try await client.describeNetworkInterfaces(.ids([created.id])).first)
        #expect(found.attachment == nil && found.status == .available)
        try await client.deleteNetworkInterface(created.id)
        let all = Filter("network-interface-id", created.id)
        #expect(try await client.describeNetworkInterfaces(.matching([all])).isEmpty)
        let error = await #expect(throws: EC2Error.self) {
            try await client.describeNetworkInterfaces(.ids([created.id]))
        }
        #expect(error?.kind == .notFound(.networkInterface))
        #expect(error?.requestID != nil)
    }

    @Test func `absence is told from other failures`() async throws {
        let client = try client()
        func kind(_ body: () async throws(EC2Error) -> Void) async -> EC2Error.Kind? {
            do throws(EC2Error) {
                try await body()
                return nil
            } catch {
                return error.kind
            }
        }
        let subnet = await kind { () async throws(EC2Error) in
            _ = try await client.createNetworkInterface(
                NetworkInterfaceRequest(subnetID: "subnet-0123456789abcdef0"))
        }
        #expect(subnet == .notFound(.subnet))
        let attachment = await kind { () async throws(EC2Error) in
            try await client.detachNetworkInterface(attachment: "eni-attach-0123456789abcdef0")
        }
        #expect(attachment == .notFound(.attachment))
        let interface = await kind { () async throws(EC2Error) in
            try await client.deleteNetworkInterface("eni-0123456789abcdef0")
        }
        #expect(interface == .notFound(.networkInterface))
        let instance = await kind { () async throws(EC2Error) in
            _ = try await client.describeInstances(.ids(["i-0123456789abcdef0"]))
        }
        #expect(instance == .notFound(.instance))
        let type = await kind { () async throws(EC2Error) in
            _ = try await client.describeInstanceTypes(.ids(["m5.imaginary"]))
        }
        #expect(type == .invalidRequest)
    }

    @Test func `instance types have their limits`() async throws {
        let names = ["t3.medium", "m5.large", "m5.xlarge", "c5.4xlarge", "p5.48xlarge", "m4.large"]
        let types = try await client().describeInstanceTypes(.ids(names))
        func type(_ name: String) throws -> InstanceType { try #require(types.first { $0.name == name }) }
        func pods(_ name: String) throws -> Int {
            try type(name).maximumInterfaces * (try type(name).ipv4AddressesPerInterface - 1) + 2
        }
        #expect(try pods("t3.medium") == 17)
        #expect(try pods("m5.large") == 29)
        #expect(try pods("m5.xlarge") == 58)
        #expect(try pods("c5.4xlarge") == 234)
        #expect(try pods("p5.48xlarge") == 100)
        #expect(try type("m5.large").supportsPrefixes)
        #expect(try !type("m4.large").supportsPrefixes)
    }

    @Test func `a dry run is answered as one`() async throws {
        let client = try client()
        let (_, subnet, instance) = try await world(client)
        let primary = try #require(
            try await client.describeInstances(.ids([instance])).first?.networkInterfaces.first)
        let checks = try await client.checkPermissions(
            PermissionSubject(
                instanceID: instance, interfaceID: primary.id, attachmentID: primary.attachment?.id ?? "",
                subnetID: subnet, securityGroupIDs: [], tags: ["k": "v"]))
        let allowed = checks.filter { $0.outcome == .allowed }.map(\.permission)
        // moto has no dry run of the others, or answers it with success; it must not have done anything.
        #expect(allowed.contains("ec2:DescribeInstances"))
        #expect(!checks.contains { if case .denied = $0.outcome { true } else { false } })
    }
}
