// SPDX-License-Identifier: Apache-2.0

import CNITypes
import Testing

@testable import EC2

struct FormEncodingTests {
    @Test func `what is encoded is decoded to the same`() {
        var generator = Seeded()
        for _ in 0..<500 {
            var parameters = QueryParameters(action: "A", version: "V")
            var expected = ["Action": "A", "Version": "V"]
            for number in 0..<Int.random(in: 0...5, using: &generator) {
                let name = "N\(number)" + generator.text(upTo: 5)
                let value = generator.text(upTo: 30)
                parameters.set(name, value)
                expected[name] = value
            }
            let body = parameters.body
            #expect(body.utf8.allSatisfy { 0x21...0x7e ~= $0 })
            // Not by characters: Swift holds some different sequences of code points to be equal.
            let decoded = decodedForm(body)
            #expect(decoded.mapValues { Array($0.utf8) } == expected.mapValues { Array($0.utf8) },
                "TEST_SEED=\(Seeded.seed)")
        }
    }

    @Test func `names are as EC2's model has them`() throws {
        func body(_ call: some EC2Call) -> [String: String] {
            var parameters = QueryParameters(action: type(of: call).action, version: EC2Client.version)
            call.describe(in: &parameters)
            return decodedForm(parameters.body)
        }
        let prefix = try #require(IPPrefix("10.0.0.16/28"))
        let address = try #require(IPAddress("10.0.0.5"))
        let ipv6 = try #require(IPAddress("2001:db8::5"))
        var request = NetworkInterfaceRequest(
            subnetID: "subnet-1", text: "pods", securityGroupIDs: ["sg-1", "sg-2"], ipv4: .prefixes([prefix]),
            ipv6: .addresses([ipv6]), tags: ["b": "2", "a": "1"], interfaceType: "trunk",
            connectionTracking: ConnectionTracking(
                tcpEstablishedTimeout: 60, udpStreamTimeout: 61, udpTimeout: 30), clientToken: "t")
        #expect(
            body(CreateNetworkInterface(request: request)) == [
                "Action": "CreateNetworkInterface", "Version": "2016-11-15", "SubnetId": "subnet-1",
                "Description": "pods", "SecurityGroupId.1": "sg-1", "SecurityGroupId.2": "sg-2",
                "Ipv4Prefix.1.Ipv4Prefix": "10.0.0.16/28", "Ipv6Addresses.1.Ipv6Address": "2001:db8::5",
                "InterfaceType": "trunk", "ConnectionTrackingSpecification.TcpEstablishedTimeout": "60",
                "ConnectionTrackingSpecification.UdpStreamTimeout": "61",
                "ConnectionTrackingSpecification.UdpTimeout": "30",
                "TagSpecification.1.ResourceType": "network-interface", "TagSpecification.1.Tag.1.Key": "a",
                "TagSpecification.1.Tag.1.Value": "1", "TagSpecification.1.Tag.2.Key": "b",
                "TagSpecification.1.Tag.2.Value": "2", "ClientToken": "t",
            ])
        request.ipv4 = .addresses([address])
        #expect(
            body(CreateNetworkInterface(request: request))["PrivateIpAddresses.1.PrivateIpAddress"] == "10.0.0.5")
        let attach = AttachNetworkInterface(
            interface: "eni-1", instance: "i-1", deviceIndex: 2, networkCard: 0)
        #expect(body(attach)["NetworkCardIndex"] == "0")
        #expect(
            body(AssignPrivateIpAddresses(interface: "eni-1", wish: .addresses([address]))) == [
                "Action": "AssignPrivateIpAddresses", "Version": "2016-11-15", "NetworkInterfaceId": "eni-1",
                "PrivateIpAddress.1": "10.0.0.5",
            ])
        #expect(
            body(AssignPrivateIpAddresses(interface: "eni-1", wish: .prefixes([prefix])))["Ipv4Prefix.1"]
                == "10.0.0.16/28")
        #expect(
            body(AssignIpv6Addresses(interface: "eni-1", wish: .addresses([ipv6])))["Ipv6Addresses.1"]
                == "2001:db8::5")
    }

    private static let referee = """
        import json, sys
        import botocore.session
        from botocore.serialize import create_serializer
        model = botocore.session.get_session().get_service_model('ec2')
        serializer = create_serializer('ec2', include_validation=True)
        answers = []
        for action, parameters in json.loads(sys.argv[1]):
            body = serializer.serialize_to_request(parameters, model.operation_model(action))['body']
            answers.append({name: str(value) for name, value in body.items()})
        print(json.dumps(answers))
        """

    /// botocore's serializer, which is generated from EC2's own model, makes the same parameters of each call.
    @Test(.needsBotocore) func `parameters are as botocore's`() throws {
        let address = try #require(IPAddress("10.0.0.5"))
        let prefix = try #require(IPPrefix("10.0.0.16/28"))
        let ipv6 = try #require(IPAddress("2001:db8::5"))
        let ipv6Prefix = try #require(IPPrefix("2001:db8::/80"))
        func request(_ ipv4: AddressWish?, _ ipv6: AddressWish?) -> NetworkInterfaceRequest {
            NetworkInterfaceRequest(
                subnetID: "subnet-1", text: "pods", securityGroupIDs: ["sg-1"], ipv4: ipv4, ipv6: ipv6,
                tags: ["k": "v"], interfaceType: "efa", connectionTracking: ConnectionTracking(udpTimeout: 30),
                clientToken: "t")
        }
        func create(_ more: JSON) -> JSON {
            var members: [String: JSON] = [
                "SubnetId": "subnet-1", "Description": "pods", "Groups": ["sg-1"], "InterfaceType": "efa",
                "ConnectionTrackingSpecification": ["UdpTimeout": 30], "ClientToken": "t",
                "TagSpecifications": [
                    ["ResourceType": "network-interface", "Tags": [["Key": "k", "Value": "v"]]]
                ],
            ]
            for (key, value) in more.object ?? [:] { members[key] = value }
            return .object(JSONObject(members))
        }
        let filters = Selection.matching([Filter("vpc-id", "vpc-1", "vpc-2"), .tag("a", "b")])
        let filtersJSON: JSON = [
            "Filters": [
                ["Name": "vpc-id", "Values": ["vpc-1", "vpc-2"]], ["Name": "tag:a", "Values": ["b"]],
            ], "MaxResults": 5, "NextToken": "n",
        ]
        let attachment = NetworkInterfaceChange.deletesOnTermination(attachment: "eni-attach-1", true)
        func change(_ change: NetworkInterfaceChange) -> ModifyNetworkInterfaceAttribute {
            ModifyNetworkInterfaceAttribute(interface: "eni-1", change: change)
        }
        let both = AssignedAddresses(addresses: [address], prefixes: [prefix])
        let bothIPv6 = AssignedAddresses(addresses: [ipv6], prefixes: [ipv6Prefix])
        let cases: [(any EC2Call, JSON)] = [
            (CreateNetworkInterface(request: request(nil, nil)), create([:])),
            (
                CreateNetworkInterface(request: request(.addressCount(5), .addressCount(6))),
                create(["SecondaryPrivateIpAddressCount": 5, "Ipv6AddressCount": 6])
            ),
            (
                CreateNetworkInterface(request: request(.prefixCount(1), .prefixCount(2))),
                create(["Ipv4PrefixCount": 1, "Ipv6PrefixCount": 2])
            ),
            (
                CreateNetworkInterface(request: request(.prefixes([prefix]), .prefixes([ipv6Prefix]))),
                create([
                    "Ipv4Prefixes": [["Ipv4Prefix": "10.0.0.16/28"]],
                    "Ipv6Prefixes": [["Ipv6Prefix": "2001:db8::/80"]],
                ])
            ),
            (
                CreateNetworkInterface(request: request(.addresses([address]), .addresses([ipv6]))),
                create([
                    "PrivateIpAddresses": [["Primary": false, "PrivateIpAddress": "10.0.0.5"]],
                    "Ipv6Addresses": [["Ipv6Address": "2001:db8::5"]],
                ])
            ),
            (
                AttachNetworkInterface(interface: "eni-1", instance: "i-1", deviceIndex: 3, networkCard: 0),
                ["NetworkInterfaceId": "eni-1", "InstanceId": "i-1", "DeviceIndex": 3, "NetworkCardIndex": 0]
            ),
            (
                DetachNetworkInterface(attachment: "eni-attach-1", force: true),
                ["AttachmentId": "eni-attach-1", "Force": true]
            ),
            (DeleteNetworkInterface(interface: "eni-1"), ["NetworkInterfaceId": "eni-1"]),
            (change(.text("x")), ["NetworkInterfaceId": "eni-1", "Description": ["Value": "x"]]),
            (change(.securityGroupIDs(["sg-1"])), ["NetworkInterfaceId": "eni-1", "Groups": ["sg-1"]]),
            (
                change(.checksSourceAndDestination(false)),
                ["NetworkInterfaceId": "eni-1", "SourceDestCheck": ["Value": false]]
            ),
            (
                change(attachment),
                [
                    "NetworkInterfaceId": "eni-1",
                    "Attachment": ["AttachmentId": "eni-attach-1", "DeleteOnTermination": true],
                ]
            ),
            (
                change(.connectionTracking(ConnectionTracking(tcpEstablishedTimeout: 60))),
                [
                    "NetworkInterfaceId": "eni-1",
                    "ConnectionTrackingSpecification": ["TcpEstablishedTimeout": 60],
                ]
            ),
            (
                AssignPrivateIpAddresses(interface: "eni-1", wish: .addressCount(3)),
                ["NetworkInterfaceId": "eni-1", "SecondaryPrivateIpAddressCount": 3]
            ),
            (
                AssignPrivateIpAddresses(interface: "eni-1", wish: .prefixCount(3)),
                ["NetworkInterfaceId": "eni-1", "Ipv4PrefixCount": 3]
            ),
            (
                AssignPrivateIpAddresses(interface: "eni-1", wish: .addresses([address])),
                ["NetworkInterfaceId": "eni-1", "PrivateIpAddresses": ["10.0.0.5"]]
            ),
            (
                AssignPrivateIpAddresses(interface: "eni-1", wish: .prefixes([prefix])),
                ["NetworkInterfaceId": "eni-1", "Ipv4Prefixes": ["10.0.0.16/28"]]
            ),
            (
                UnassignPrivateIpAddresses(interface: "eni-1", addresses: both),
                [
                    "NetworkInterfaceId": "eni-1", "PrivateIpAddresses": ["10.0.0.5"],
                    "Ipv4Prefixes": ["10.0.0.16/28"],
                ]
            ),
            (
                AssignIpv6Addresses(interface: "eni-1", wish: .addressCount(1)),
                ["NetworkInterfaceId": "eni-1", "Ipv6AddressCount": 1]
            ),
            (
                AssignIpv6Addresses(interface: "eni-1", wish: .prefixCount(1)),
                ["NetworkInterfaceId": "eni-1", "Ipv6PrefixCount": 1]
            ),
            (
                AssignIpv6Addresses(interface: "eni-1", wish: .addresses([ipv6])),
                ["NetworkInterfaceId": "eni-1", "Ipv6Addresses": ["2001:db8::5"]]
            ),
            (
                AssignIpv6Addresses(interface: "eni-1", wish: .prefixes([ipv6Prefix])),
                ["NetworkInterfaceId": "eni-1", "Ipv6Prefixes": ["2001:db8::/80"]]
            ),
            (
                UnassignIpv6Addresses(interface: "eni-1", addresses: bothIPv6),
                [
                    "NetworkInterfaceId": "eni-1", "Ipv6Addresses": ["2001:db8::5"],
                    "Ipv6Prefixes": ["2001:db8::/80"],
                ]
            ),
            (
                Describe<NetworkInterface>(selection: .ids(["eni-1", "eni-2"]), pageSize: nil, token: nil),
                ["NetworkInterfaceIds": ["eni-1", "eni-2"]]
            ),
            (Describe<NetworkInterface>(selection: filters, pageSize: 5, token: "n"), filtersJSON),
            (Describe<Instance>(selection: .ids(["i-1"]), pageSize: nil, token: nil), ["InstanceIds": ["i-1"]]),
            (Describe<Instance>(selection: filters, pageSize: 5, token: "n"), filtersJSON),
            (
                Describe<InstanceType>(selection: .ids(["m5.large"]), pageSize: nil, token: nil),
                ["InstanceTypes": ["m5.large"]]
            ),
            (Describe<InstanceType>(selection: filters, pageSize: 5, token: "n"), filtersJSON),
            (
                Describe<Subnet>(selection: .ids(["subnet-1"]), pageSize: nil, token: nil),
                ["SubnetIds": ["subnet-1"]]
            ),
            (Describe<Subnet>(selection: filters, pageSize: 5, token: "n"), filtersJSON),
            (
                Describe<SecurityGroup>(selection: .ids(["sg-1"]), pageSize: nil, token: nil),
                ["GroupIds": ["sg-1"]]
            ),
            (Describe<SecurityGroup>(selection: filters, pageSize: 5, token: "n"), filtersJSON),
            (
                CreateTags(resources: ["eni-1", "eni-2"], tags: ["k": "v"]),
                ["Resources": ["eni-1", "eni-2"], "Tags": [["Key": "k", "Value": "v"]]]
            ),
        ]
        func parameters<Call: EC2Call>(_ call: Call) -> QueryParameters {
            var parameters = QueryParameters(action: Call.action, version: EC2Client.version)
            call.describe(in: &parameters)
            return parameters
        }
        let ours = cases.map { decodedForm(parameters($0.0).body) }
        let question = zip(ours, cases).map { JSON.array([.string($0["Action"] ?? ""), $1.1]) }
        let text = try Python.run(Self.referee, [JSON.array(question).serialized()])
        let answers = try JSON(parsing: text).array ?? []
        #expect(answers.count == cases.count)
        for (answer, mine) in zip(answers, ours) {
            var theirs: [String: String] = [:]
            for (name, value) in answer.object ?? [:] { theirs[name] = value.string }
            #expect(mine == theirs)
        }
    }
}
