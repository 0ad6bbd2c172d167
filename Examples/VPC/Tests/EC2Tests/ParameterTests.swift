// SPDX-License-Identifier: Apache-2.0

import CNITypes
import Testing

@testable import EC2

/// The calls' parameters against botocore's serializer, which is made from EC2's own model.
struct ParameterTests {
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
                tags: ["k": "v"], interfaceType: "efa",
                connectionTracking: ConnectionTracking(udpTimeout: 30),
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
            for member in more.object ?? JSONObject() { members[member.key] = member.value }
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
        var cases = Cases()
        cases.add(CreateNetworkInterface(request: request(nil, nil)), create([:]))
        cases.add(
            CreateNetworkInterface(request: request(.addressCount(5), .addressCount(6))),
            create(["SecondaryPrivateIpAddressCount": 5, "Ipv6AddressCount": 6]))
        cases.add(
            CreateNetworkInterface(request: request(.prefixCount(1), .prefixCount(2))),
            create(["Ipv4PrefixCount": 1, "Ipv6PrefixCount": 2]))
        cases.add(
            CreateNetworkInterface(request: request(.prefixes([prefix]), .prefixes([ipv6Prefix]))),
            create([
                "Ipv4Prefixes": [["Ipv4Prefix": "10.0.0.16/28"]],
                "Ipv6Prefixes": [["Ipv6Prefix": "2001:db8::/80"]],
            ]))
        cases.add(
            CreateNetworkInterface(request: request(.addresses([address]), .addresses([ipv6]))),
            create([
                "PrivateIpAddresses": [["Primary": false, "PrivateIpAddress": "10.0.0.5"]],
                "Ipv6Addresses": [["Ipv6Address": "2001:db8::5"]],
            ]))
        cases.add(
            AttachNetworkInterface(interface: "eni-1", instance: "i-1", deviceIndex: 3, networkCard: 0),
            ["NetworkInterfaceId": "eni-1", "InstanceId": "i-1", "DeviceIndex": 3, "NetworkCardIndex": 0])
        cases.add(
            DetachNetworkInterface(attachment: "eni-attach-1", force: true),
            ["AttachmentId": "eni-attach-1", "Force": true])
        cases.add(DeleteNetworkInterface(interface: "eni-1"), ["NetworkInterfaceId": "eni-1"])
        cases.add(change(.text("x")), ["NetworkInterfaceId": "eni-1", "Description": ["Value": "x"]])
        cases.add(change(.securityGroupIDs(["sg-1"])), ["NetworkInterfaceId": "eni-1", "Groups": ["sg-1"]])
        cases.add(
            change(.checksSourceAndDestination(false)),
            ["NetworkInterfaceId": "eni-1", "SourceDestCheck": ["Value": false]])
        cases.add(
            change(attachment),
            [
                "NetworkInterfaceId": "eni-1",
                "Attachment": ["AttachmentId": "eni-attach-1", "DeleteOnTermination": true],
            ])
        cases.add(
            change(.connectionTracking(ConnectionTracking(tcpEstablishedTimeout: 60))),
            [
                "NetworkInterfaceId": "eni-1",
                "ConnectionTrackingSpecification": ["TcpEstablishedTimeout": 60],
            ])
        cases.add(
            AssignPrivateIpAddresses(interface: "eni-1", wish: .addressCount(3)),
            ["NetworkInterfaceId": "eni-1", "SecondaryPrivateIpAddressCount": 3])
        cases.add(
            AssignPrivateIpAddresses(interface: "eni-1", wish: .prefixCount(3)),
            ["NetworkInterfaceId": "eni-1", "Ipv4PrefixCount": 3])
        cases.add(
            AssignPrivateIpAddresses(interface: "eni-1", wish: .addresses([address])),
            ["NetworkInterfaceId": "eni-1", "PrivateIpAddresses": ["10.0.0.5"]])
        cases.add(
            AssignPrivateIpAddresses(interface: "eni-1", wish: .prefixes([prefix])),
            ["NetworkInterfaceId": "eni-1", "Ipv4Prefixes": ["10.0.0.16/28"]])
        cases.add(
            UnassignPrivateIpAddresses(interface: "eni-1", addresses: both),
            [
                "NetworkInterfaceId": "eni-1", "PrivateIpAddresses": ["10.0.0.5"],
                "Ipv4Prefixes": ["10.0.0.16/28"],
            ])
        cases.add(
            AssignIpv6Addresses(interface: "eni-1", wish: .addressCount(1)),
            ["NetworkInterfaceId": "eni-1", "Ipv6AddressCount": 1])
        cases.add(
            AssignIpv6Addresses(interface: "eni-1", wish: .prefixCount(1)),
            ["NetworkInterfaceId": "eni-1", "Ipv6PrefixCount": 1])
        cases.add(
            AssignIpv6Addresses(interface: "eni-1", wish: .addresses([ipv6])),
            ["NetworkInterfaceId": "eni-1", "Ipv6Addresses": ["2001:db8::5"]])
        cases.add(
            AssignIpv6Addresses(interface: "eni-1", wish: .prefixes([ipv6Prefix])),
            ["NetworkInterfaceId": "eni-1", "Ipv6Prefixes": ["2001:db8::/80"]])
        cases.add(
            UnassignIpv6Addresses(interface: "eni-1", addresses: bothIPv6),
            [
                "NetworkInterfaceId": "eni-1", "Ipv6Addresses": ["2001:db8::5"],
                "Ipv6Prefixes": ["2001:db8::/80"],
            ])
        cases.add(
            Describe<NetworkInterface>(selection: .ids(["eni-1", "eni-2"]), pageSize: nil, token: nil),
            ["NetworkInterfaceIds": ["eni-1", "eni-2"]])
        cases.add(Describe<NetworkInterface>(selection: filters, pageSize: 5, token: "n"), filtersJSON)
        cases.add(
            Describe<Instance>(selection: .ids(["i-1"]), pageSize: nil, token: nil), ["InstanceIds": ["i-1"]])
        cases.add(Describe<Instance>(selection: filters, pageSize: 5, token: "n"), filtersJSON)
        cases.add(
            Describe<InstanceType>(selection: .ids(["m5.large"]), pageSize: nil, token: nil),
            ["InstanceTypes": ["m5.large"]])
        cases.add(Describe<InstanceType>(selection: filters, pageSize: 5, token: "n"), filtersJSON)
        cases.add(
            Describe<Subnet>(selection: .ids(["subnet-1"]), pageSize: nil, token: nil),
            ["SubnetIds": ["subnet-1"]])
        cases.add(Describe<Subnet>(selection: filters, pageSize: 5, token: "n"), filtersJSON)
        cases.add(
            Describe<SecurityGroup>(selection: .ids(["sg-1"]), pageSize: nil, token: nil),
            ["GroupIds": ["sg-1"]])
        cases.add(Describe<SecurityGroup>(selection: filters, pageSize: 5, token: "n"), filtersJSON)
        cases.add(
            CreateTags(resources: ["eni-1", "eni-2"], tags: ["k": "v"]),
            ["Resources": ["eni-1", "eni-2"], "Tags": [["Key": "k", "Value": "v"]]])
        let question = zip(cases.ours, cases.theirs).map { JSON.array([.string($0["Action"] ?? ""), $1]) }
        let text = try Python.run(Self.referee, [JSON.array(question).serialized()])
        let answers = try JSON(parsing: text).array ?? []
        #expect(answers.count == cases.ours.count && answers.count > 30)
        for (answer, mine) in zip(answers, cases.ours) {
            var theirs: [String: String] = [:]
            for member in answer.object ?? JSONObject() { theirs[member.key] = member.value.string }
            #expect(mine == theirs)
        }
    }

    /// Calls, each with what botocore takes for it.
    private struct Cases {
        var ours: [[String: String]] = []
        var theirs: [JSON] = []

        mutating func add(_ call: some EC2Call, _ parameters: JSON) {
            ours.append(formFields(call))
            theirs.append(parameters)
        }
    }
}

/// The parameters of a call as the server gets them.
func formFields(_ call: some EC2Call) -> [String: String] {
    var parameters = QueryParameters(action: type(of: call).action, version: EC2Client.version)
    call.describe(in: &parameters)
    return decodedForm(parameters.body)
}
