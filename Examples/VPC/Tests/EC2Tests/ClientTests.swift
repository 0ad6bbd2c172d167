// SPDX-License-Identifier: Apache-2.0

import CNITypes
import Synchronization
import Testing

@testable import EC2

/// What the client makes of answers, and of none.
@Suite(.timeLimit(.minutes(2)))
struct ClientTests {
    static let interface = """
        <networkInterface>
            <networkInterfaceId>eni-1</networkInterfaceId><subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId>
            <status>pending</status>
        </networkInterface>
        """

    @Test func `an interface is read with all that EC2 says`() async throws {
        let text = """
            <networkInterfaceSet><item>
              <networkInterfaceId>eni-0a</networkInterfaceId><subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId>
              <availabilityZone>us-east-1a</availabilityZone><description>a &amp; &lt;b&gt;</description>
              <ownerId>123</ownerId><requesterManaged>false</requesterManaged><status>in-use</status>
              <macAddress>02:81:60:cb:27:37</macAddress><privateIpAddress>10.0.0.4</privateIpAddress>
              <sourceDestCheck>true</sourceDestCheck><interfaceType>interface</interfaceType>
              <groupSet><item><groupId>sg-1</groupId><groupName>g</groupName></item></groupSet>
              <attachment>
                <attachmentId>eni-attach-1</attachmentId><instanceId>i-1</instanceId><deviceIndex>1</deviceIndex>
                <networkCardIndex>0</networkCardIndex><status>attached</status>
                <attachTime>2026-01-01T00:00:00.000Z</attachTime><deleteOnTermination>true</deleteOnTermination>
              </attachment>
              <tagSet>
                <item><key>k</key><value>a &amp; &amp; b</value></item><item><key>empty</key><value/></item>
              </tagSet>
              <privateIpAddressesSet>
                <item>
                  <privateIpAddress>10.0.0.4</privateIpAddress><primary>true</primary>
                  <association><publicIp>203.0.113.9</publicIp></association>
                </item>
                <item><privateIpAddress>10.0.0.5</privateIpAddress><primary>false</primary></item>
              </privateIpAddressesSet>
              <ipv6AddressesSet><item><ipv6Address>2001:db8::5</ipv6Address></item></ipv6AddressesSet>
              <ipv4PrefixSet><item><ipv4Prefix>10.0.0.16/28</ipv4Prefix></item></ipv4PrefixSet>
              <ipv6PrefixSet/>
              <operator><managed>true</managed></operator>
              <connectionTrackingConfiguration><udpTimeout>45</udpTimeout></connectionTrackingConfiguration>
            </item></networkInterfaceSet>
            """
        try await FakeServer.run({ _, _ in Answer.success("DescribeNetworkInterfaces", text) }) { server in
            let found = try await EC2Client.of(server.url).describeNetworkInterfaces(.ids(["eni-0a"]))
            let address = { (text: String) in try #require(IPAddress(text)) }
            let expected = NetworkInterface(
                id: "eni-0a", status: .inUse, macAddress: MACAddress("02:81:60:cb:27:37"),
                subnetID: "subnet-1",
                vpcID: "vpc-1", availabilityZone: "us-east-1a", ownerID: "123", text: "a & <b>",
                securityGroupIDs: ["sg-1"],
                attachment: InterfaceAttachment(
                    id: "eni-attach-1", deviceIndex: 1, instanceID: "i-1", deletesOnTermination: true,
                    time: Timestamp(seconds: 1_767_225_600)),
                addresses: [
                    .init(
                        try address("10.0.0.4"), isPrimary: true, publicAddress: try address("203.0.113.9")),
                    .init(try address("10.0.0.5")),
                ],
                ipv6Addresses: [try address("2001:db8::5")],
                ipv4Prefixes: [try #require(IPPrefix("10.0.0.16/28"))], isManagedByService: true,
                connectionTracking: ConnectionTracking(udpTimeout: 45),
                tags: ["k": "a & & b", "empty": ""])
            #expect(found == [expected])
            #expect(server.requests[0].parameters["NetworkInterfaceId.1"] == "eni-0a")
            #expect(server.requests[0].parameters["MaxResults"] == nil)
        }
    }

    @Test func `pages are followed, an empty one with a token, too`() async throws {
        let pages = [
            "<subnetSet><item><subnetId>a</subnetId></item></subnetSet><nextToken>2</nextToken>",
            "<subnetSet/><nextToken>3</nextToken>",
            "<subnetSet><item><subnetId>b</subnetId></item><item><subnetId>c</subnetId></item></subnetSet>",
        ]
        try await FakeServer.run({ _, index in Answer.success("DescribeSubnets", pages[index % 3]) }) {
            server in
            let subnets = try await EC2Client.of(server.url).describeSubnets(.matching("vpc-id", "vpc-1"))
            #expect(subnets.map(\.id) == ["a", "b", "c"])
            let asked = server.requests.map(\.parameters)
            #expect(asked.map { $0["NextToken"] } == [nil, "2", "3"])
            #expect(asked.allSatisfy { $0["MaxResults"] == "100" && $0["Filter.1.Value.1"] == "vpc-1" })
        }
    }

    @Test func `pages that do not go on are a failure`() async throws {
        let page = "<subnetSet/><nextToken>same</nextToken>"
        try await FakeServer.run({ _, _ in Answer.success("DescribeSubnets", page) }) { server in
            let client = try EC2Client.of(server.url)
            let error = await #expect(throws: EC2Error.self) {
                try await client.describeSubnets(.matching([]))
            }
            #expect(error?.kind == .malformedAnswer)
            #expect(server.requests.count == 2)
        }
    }

    @Test func `ids are asked for by the hundred, and none is no call`() async throws {
        try await FakeServer.run({ _, _ in Answer.success("DescribeInstanceTypes", "<instanceTypeSet/>") }) {
            server in
            let client = try EC2Client.of(server.url)
            #expect(try await client.describeInstanceTypes(.ids([])).isEmpty)
            try await client.unassignPrivateIPAddresses(AssignedAddresses(), from: "eni-1")
            try await client.unassignIPv6Addresses(AssignedAddresses(), from: "eni-1")
            try await client.createTags([:], on: ["eni-1"])
            #expect(server.requests.isEmpty)
            _ = try await client.describeInstanceTypes(.ids((0..<250).map { "t\($0)" }))
            #expect(server.requests.map { $0.parameters.count - 2 } == [100, 100, 50])
        }
    }

    @Test func `a type's limit is that of its default card`() async throws {
        let text = """
            <instanceTypeSet><item>
              <instanceType>p5.48xlarge</instanceType><bareMetal>false</bareMetal><hypervisor>nitro</hypervisor>
              <vCpuInfo><defaultVCpus>192</defaultVCpus></vCpuInfo>
              <networkInfo>
                <maximumNetworkInterfaces>64</maximumNetworkInterfaces><maximumNetworkCards>32</maximumNetworkCards>
                <defaultNetworkCardIndex>0</defaultNetworkCardIndex><networkCards>
                \((0..<32).map {
                    "<item><networkCardIndex>\($0)</networkCardIndex>"
                        + "<maximumNetworkInterfaces>2</maximumNetworkInterfaces></item>"
                }.joined())
                </networkCards><ipv4AddressesPerInterface>50</ipv4AddressesPerInterface>
                <ipv6AddressesPerInterface>50</ipv6AddressesPerInterface><ipv6Supported>true</ipv6Supported>
              </networkInfo>
            </item></instanceTypeSet>
            """
        try await FakeServer.run({ _, _ in Answer.success("DescribeInstanceTypes", text) }) { server in
            let types = try await EC2Client.of(server.url).describeInstanceTypes(.ids(["p5.48xlarge"]))
            let type = try #require(types.first)
            #expect(type.maximumInterfacesOfAllCards == 64)
            #expect(type.maximumInterfaces == 2)
            #expect(type.maximumInterfaces * (type.ipv4AddressesPerInterface - 1) + 2 == 100)
            #expect(type.supportsPrefixes && type.supportsIPv6 && type.virtualCPUs == 192)
        }
    }

    @Test func `a subnet has the IPv6 networks that are associated by now`() async throws {
        let item = { (network: String, state: String) in
            """
            <item><ipv6CidrBlock>\(network)</ipv6CidrBlock>\
            <ipv6CidrBlockState><state>\(state)</state></ipv6CidrBlockState></item>
            """
        }
        let text = """
            <subnetSet><item>
              <subnetId>subnet-1</subnetId><state>available</state><vpcId>vpc-1</vpcId>
              <cidrBlock>10.0.0.0/24</cidrBlock><availableIpAddressCount>251</availableIpAddressCount>
              <ipv6CidrBlockAssociationSet>
                \(item("2001:db8::/64", "associated"))\(item("2001:db8:1::/64", "disassociated"))
              </ipv6CidrBlockAssociationSet>
              <tagSet><item><key>kubernetes.io/role/cni</key><value>1</value></item></tagSet>
            </item></subnetSet>
            """
        try await FakeServer.run({ _, _ in Answer.success("DescribeSubnets", text) }) { server in
            let subnets = try await EC2Client.of(server.url).describeSubnets(.ids(["subnet-1"]))
            let expected = Subnet(
                id: "subnet-1", vpcID: "vpc-1", ipv4Network: IPPrefix("10.0.0.0/24"),
                ipv6Networks: [try #require(IPPrefix("2001:db8::/64"))], availableAddresses: 251,
                tags: ["kubernetes.io/role/cni": "1"])
            #expect(subnets == [expected])
        }
    }

    @Test func `assigned addresses and prefixes are the new ones`() async throws {
        let v4 = """
            <networkInterfaceId>eni-1</networkInterfaceId>
            <assignedPrivateIpAddressesSet>
              <item><privateIpAddress>10.0.0.9</privateIpAddress></item>
            </assignedPrivateIpAddressesSet>
            <assignedIpv4PrefixSet><item><ipv4Prefix>10.0.0.32/28</ipv4Prefix></item></assignedIpv4PrefixSet>
            """
        let v6 = """
            <assignedIpv6Addresses><item>2001:db8::1</item><item>2001:db8::2</item></assignedIpv6Addresses>
            <assignedIpv6PrefixSet><item>2001:db8:1::/80</item></assignedIpv6PrefixSet>
            """
        try await FakeServer.run({ request, _ in
            let action = request.parameters["Action"] ?? ""
            return Answer.success(action, action == "AssignIpv6Addresses" ? v6 : v4)
        }) { server in
            let client = try EC2Client.of(server.url)
            let first = try await client.assignPrivateIPAddresses(.addressCount(1), to: "eni-1")
            #expect(first.addresses.map(\.description) == ["10.0.0.9"])
            #expect(first.prefixes.map(\.description) == ["10.0.0.32/28"])
            let second = try await client.assignIPv6Addresses(.prefixCount(1), to: "eni-1")
            #expect(second.addresses.map(\.description) == ["2001:db8::1", "2001:db8::2"])
            #expect(second.prefixes.map(\.description) == ["2001:db8:1::/80"])
        }
    }

    @Test(arguments: [
        ("<networkInterface/>", "networkInterface/networkInterfaceId: missing"),
        ("", "CreateNetworkInterfaceResponse/networkInterface: missing"),
        (
            "<networkInterface><networkInterfaceId>e</networkInterfaceId><macAddress>x</macAddress></networkInterface>",
            "networkInterface/macAddress: \"x\" is not a MAC address"
        ),
        (
            """
            <networkInterface><networkInterfaceId>e</networkInterfaceId><ipv4PrefixSet><item><ipv4Prefix>10.0.0.0/99\
            </ipv4Prefix></item></ipv4PrefixSet></networkInterface>
            """, "item/ipv4Prefix: \"10.0.0.0/99\" is not a network"
        ),
    ]) func `an answer that cannot be read says where`(_ body: String, _ reason: String) async throws {
        try await FakeServer.run({ _, _ in Answer.success("CreateNetworkInterface", body) }) { server in
            let client = try EC2Client.of(server.url)
            let error = await #expect(throws: EC2Error.self) {
                try await client.createNetworkInterface(NetworkInterfaceRequest(subnetID: "subnet-1"))
            }
            #expect(error?.kind == .malformedAnswer)
            #expect(error?.mayHaveHappened == true)
            #expect(error?.message == "the answer: \(reason)")
        }
    }

    @Test(arguments: [
        "", "nothing", "<a><b></a>", "<DescribeSubnetsResponse>",
        "<!DOCTYPE r [<!ENTITY a \"x\">]><r>&a;</r>",
        "<DescribeSubnetsResponse a=\"", "<OtherResponse/>", "<!-- ", "<?xml", "<", "<>", "</x>", "<![CDATA[",
        String(repeating: "<a>", count: 100_000), String(repeating: "<a>", count: 60),
        "<DescribeSubnetsResponse>" + String(repeating: "<a/>", count: 500_000)
            + "</DescribeSubnetsResponse>",
    ]) func `hostile answers are failures`(_ body: String) async throws {
        try await FakeServer.run({ _, _ in .text(body) }) { server in
            let client = try EC2Client.of(server.url)
            let error = await #expect(throws: EC2Error.self) {
                try await client.describeSubnets(.matching([]))
            }
            #expect(error?.kind == .malformedAnswer)
        }
    }

    @Test func `an answer without end is given up`() async throws {
        let body = String(repeating: "x", count: 17 << 20)
        try await FakeServer.run({ _, _ in .text(body) }) { server in
            let client = try EC2Client.of(server.url)
            let error = await #expect(throws: EC2Error.self) {
                try await client.describeSubnets(.matching([]))
            }
            #expect(error?.kind == .malformedAnswer)
            #expect(error?.message.hasSuffix("the answer is too large") == true)
        }
    }
}
