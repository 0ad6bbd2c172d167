// SPDX-License-Identifier: Apache-2.0

import CNITesting
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
            #expect(
                decoded.mapValues { Array($0.utf8) } == expected.mapValues { Array($0.utf8) },
                "TEST_SEED=\(Seeded.seed)")
        }
    }

    @Test func `names are as EC2's model has them`() throws {
        let prefix = try #require(IPPrefix("10.0.0.16/28"))
        let address = try #require(IPAddress("10.0.0.5"))
        let ipv6 = try #require(IPAddress("2001:db8::5"))
        var request = NetworkInterfaceRequest(
            subnetID: "subnet-1", text: "pods", securityGroupIDs: ["sg-1", "sg-2"], ipv4: .prefixes([prefix]),
            ipv6: .addresses([ipv6]), tags: ["b": "2", "a": "1"], interfaceType: "trunk",
            connectionTracking: ConnectionTracking(
                tcpEstablishedTimeout: 60, udpStreamTimeout: 61, udpTimeout: 30), clientToken: "t")
        #expect(
            formFields(CreateNetworkInterface(request: request)) == [
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
            formFields(CreateNetworkInterface(request: request))["PrivateIpAddresses.1.PrivateIpAddress"]
                == "10.0.0.5")
        let attach = AttachNetworkInterface(
            interface: "eni-1", instance: "i-1", deviceIndex: 2, networkCard: 0)
        #expect(formFields(attach)["NetworkCardIndex"] == "0")
        #expect(
            formFields(AssignPrivateIpAddresses(interface: "eni-1", wish: .addresses([address]))) == [
                "Action": "AssignPrivateIpAddresses", "Version": "2016-11-15", "NetworkInterfaceId": "eni-1",
                "PrivateIpAddress.1": "10.0.0.5",
            ])
        #expect(
            formFields(AssignPrivateIpAddresses(interface: "eni-1", wish: .prefixes([prefix])))[
                "Ipv4Prefix.1"]
                == "10.0.0.16/28")
        #expect(
            formFields(AssignIpv6Addresses(interface: "eni-1", wish: .addresses([ipv6])))["Ipv6Addresses.1"]
                == "2001:db8::5")
    }
}
