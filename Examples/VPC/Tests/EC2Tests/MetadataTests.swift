// SPDX-License-Identifier: Apache-2.0

import CNITypes
import Synchronization
import Testing

@testable import EC2

/// IMDSv2, as its clients meet it.
@Suite(.timeLimit(.minutes(2)))
struct MetadataTests {
    private static let mac = "02:81:60:cb:27:37"

    /// An instance with two interfaces; the second one has IPv6 only, and little else.
    private static let leaves = [
        "instance-id": "i-1", "instance-type": "m5.large", "placement/availability-zone": "eu-central-1a",
        "placement/region": "eu-central-1", "mac": mac, "local-ipv4": "10.0.0.4",
        "network/interfaces/macs/": "06:00:00:00:00:01/\n\(mac)/",
        "network/interfaces/macs/\(mac)/": """
        device-number
        interface-id
        ipv4-associations/
        ipv4-prefix
        ipv6-prefix
        ipv6s
        local-hostname
        local-ipv4s
        mac
        network-card
        owner-id
        security-group-ids
        security-groups
        subnet-id
        subnet-ipv4-cidr-block
        subnet-ipv6-cidr-blocks
        vpc-id
        vpc-ipv4-cidr-blocks
        vpc-ipv6-cidr-blocks
        """,
        "network/interfaces/macs/\(mac)/device-number": "0",
        "network/interfaces/macs/\(mac)/network-card": "0",
        "network/interfaces/macs/\(mac)/interface-id": "eni-1",
        "network/interfaces/macs/\(mac)/subnet-id": "subnet-1",
        "network/interfaces/macs/\(mac)/vpc-id": "vpc-1",
        "network/interfaces/macs/\(mac)/owner-id": "123",
        "network/interfaces/macs/\(mac)/security-group-ids": "sg-1\nsg-2",
        "network/interfaces/macs/\(mac)/local-ipv4s": "10.0.0.4\n10.0.0.5",
        "network/interfaces/macs/\(mac)/ipv6s": "2001:db8::4",
        "network/interfaces/macs/\(mac)/ipv4-prefix": "10.0.0.16/28\n10.0.0.32/28",
        "network/interfaces/macs/\(mac)/subnet-ipv4-cidr-block": "10.0.0.0/24",
        "network/interfaces/macs/\(mac)/subnet-ipv6-cidr-blocks": "2001:db8::/64",
        "network/interfaces/macs/\(mac)/vpc-ipv4-cidr-blocks": "10.0.0.0/16\n100.64.0.0/16",
        "network/interfaces/macs/\(mac)/vpc-ipv6-cidr-blocks": "2001:db8::/56",
        "network/interfaces/macs/06:00:00:00:00:01/": "device-number\ninterface-id\nipv6s\nmac",
        "network/interfaces/macs/06:00:00:00:00:01/device-number": "1",
        "network/interfaces/macs/06:00:00:00:00:01/interface-id": "eni-2",
        "network/interfaces/macs/06:00:00:00:00:01/ipv6s": "2001:db8::9",
    ]

    /// The rules of the service: tokens by PUT, 401 without one, 404 for what is not there.
    private static func reply(
        _ request: FakeServer.Request, token: String = "token", _ leaves: [String: String] = leaves
    ) -> FakeServer.Reply {
        if request.asksForToken {
            guard request.uri == "/latest/api/token",
                let text = request.header("x-aws-ec2-metadata-token-ttl-seconds"),
                let seconds = Int(text), 1...21_600 ~= seconds
            else { return .status(400) }
            return .answer(200, [("x-aws-ec2-metadata-token-ttl-seconds", text)], token)
        }
        guard request.header("x-aws-ec2-metadata-token") == token else { return .status(401) }
        let prefix = "/latest/meta-data/"
        guard request.uri.hasPrefix(prefix), let text = leaves[String(request.uri.dropFirst(prefix.count))]
        else { return .status(404) }
        return .text(text)
    }

    private func client(
        _ url: String, time: Timekeeper = .quick,
        _ change: (inout MetadataClient.Configuration) -> Void = { _ in }
    ) throws -> MetadataClient {
        let endpoint = try #require(Endpoint(url: url))
        var configuration = MetadataClient.Configuration(endpoint: endpoint)
        change(&configuration)
        return MetadataClient(configuration, connections: try AWSConnections(), time: time)
    }

    @Test func `the instance and its interfaces are read`() async throws {
        try await FakeServer.run({ request, _ in Self.reply(request) }) { server in
            let client = try client(server.url)
            let address = try #require(MACAddress(Self.mac))
            #expect(
                try await client.instance()
                    == InstanceMetadata(
                        instanceID: "i-1", instanceType: "m5.large", region: "eu-central-1",
                        availabilityZone: "eu-central-1a", macAddress: address,
                        localIPv4: IPAddress("10.0.0.4")))
            let interfaces = try await client.networkInterfaces()
            #expect(interfaces.map(\.interfaceID) == ["eni-1", "eni-2"])
            let first = try #require(interfaces.first)
            #expect(first.macAddress == address)
            #expect(first.securityGroupIDs == ["sg-1", "sg-2"])
            #expect(first.ipv4Addresses.map(\.description) == ["10.0.0.4", "10.0.0.5"])
            #expect(first.ipv6Addresses.map(\.description) == ["2001:db8::4"])
            #expect(first.ipv4Prefixes.map(\.description) == ["10.0.0.16/28", "10.0.0.32/28"])
            // Listed, and gone when it was asked for.
            #expect(first.ipv6Prefixes.isEmpty)
            #expect(first.subnetIPv4Network?.description == "10.0.0.0/24")
            #expect(first.vpcIPv4Networks.map(\.description) == ["10.0.0.0/16", "100.64.0.0/16"])
            #expect((first.subnetID, first.vpcID, first.ownerID) == ("subnet-1", "vpc-1", "123"))
            let second = try #require(interfaces.last)
            #expect(second.hasIP && second.deviceNumber == 1 && second.ipv4Addresses.isEmpty)
            #expect(second.subnetIPv4Network == nil && second.subnetID.isEmpty)
            // One token for all, and what is not listed is not asked for.
            #expect(server.requests.filter { $0.asksForToken }.count == 1)
            #expect(!server.requests.contains { $0.uri.hasSuffix("06:00:00:00:00:01/local-ipv4s") })
            #expect(try await client.networkInterface(try #require(MACAddress("06:00:00:00:00:99"))) == nil)
        }
    }

    @Test func `a refused token is replaced, once`() async throws {
        let token = Mutex("one")
        try await FakeServer.run({ request, _ in Self.reply(request, token: token.withLock { $0 }) }) {
            server in
            let client = try client(server.url)
            #expect(try await client.instance().instanceID == "i-1")
            token.withLock { $0 = "two" }
            #expect(try await client.instance().instanceID == "i-1")
            #expect(server.requests.filter { $0.asksForToken }.count == 2)
        }
        try await FakeServer.run({ request, _ in request.asksForToken ? .text("t") : .status(401) }) {
            server in
            let client = try client(server.url)
            let error = await #expect(throws: MetadataError.self) { try await client.region() }
            #expect(error?.kind == .refused)
            #expect(server.requests.count == 4)
        }
    }

    @Test func `a token is renewed before it expires`() async throws {
        let clock = FakeClock()
        try await FakeServer.run({ request, _ in Self.reply(request) }) { server in
            let client = try client(server.url, time: clock.time) { $0.tokenLifetime = .seconds(100) }
            let tokens = { server.requests.filter { $0.asksForToken }.count }
            _ = try await client.region()
            clock.advance(.seconds(80))
            _ = try await client.region()
            #expect(tokens() == 1)
            clock.advance(.seconds(11))
            _ = try await client.region()
            #expect(tokens() == 2)
        }
    }

    @Test func `no answer to the request for a token names the hop limit`() async throws {
        try await FakeServer.run({ _, _ in .silence }) { server in
            let client = try client(server.url) { $0.attemptLimit = .milliseconds(500) }
            let error = await #expect(throws: MetadataError.self) { try await client.instance() }
            #expect(error?.kind == .unreachable)
            #expect(
                error?.message == """
                    metadata: PUT \(server.url)/latest/api/token: no answer within 0.5 seconds, 3 times; either this is \
                    no EC2 instance, or it is a pod without hostNetwork and the instance's HttpPutResponseHopLimit is 1 \
                    (a routed pod needs 2)
                    """)
        }
    }

    @Test func `a service that is overloaded is asked again`() async throws {
        try await FakeServer.run({ request, index in
            index == 0 || index == 2 ? .status(503) : Self.reply(request)
        }) { server in
            let region = try await client(server.url).region()
            #expect(region == "eu-central-1")
            #expect(server.requests.count == 4)
        }
    }

    @Test func `a service that is switched off says so`() async throws {
        try await FakeServer.run({ _, _ in .status(403) }) { server in
            let client = try client(server.url)
            let error = await #expect(throws: MetadataError.self) { try await client.instance() }
            #expect(error?.kind == .disabled)
            #expect(server.requests.count == 1)
        }
        let off = MetadataClient(.init(endpoint: nil), connections: try AWSConnections())
        let error = await #expect(throws: MetadataError.self) { try await off.region() }
        #expect(error?.kind == .disabled)
    }

    @Test func `an old service has the region in its identity document`() async throws {
        var leaves = Self.leaves
        leaves["placement/region"] = nil
        try await FakeServer.run({ [leaves] request, _ in
            request.uri.hasSuffix("/dynamic/instance-identity/document")
                ? .text(#"{"region": "ap-south-1"}"#) : Self.reply(request, leaves)
        }) { server in
            let region = try await client(server.url).region()
            #expect(region == "ap-south-1")
        }
    }

    @Test(arguments: [
        ("local-ipv4", "not-an-address"), ("mac", "xx"), ("placement/region", "a/../b"), ("instance-id", ""),
        ("network/interfaces/macs/", "zz/"), ("network/interfaces/macs/\(mac)/device-number", "-"),
        ("network/interfaces/macs/\(mac)/local-ipv4s", "10.0.0.4\n10.0.0.256"),
        ("network/interfaces/macs/\(mac)/ipv4-prefix", "10.0.0.16"),
        ("instance-type", String(repeating: "x", count: 300 << 10)),
    ]) func `hostile answers are failures`(_ path: String, _ text: String) async throws {
        var leaves = Self.leaves
        leaves[path] = text
        try await FakeServer.run({ [leaves] request, _ in Self.reply(request, leaves) }) { server in
            let client = try client(server.url)
            await #expect(throws: MetadataError.self) {
                _ = try await client.instance()
                _ = try await client.networkInterfaces()
            }
        }
    }

    @Test func `an interface that is on its way is left out`() async throws {
        var leaves = Self.leaves
        leaves["network/interfaces/macs/06:00:00:00:00:01/interface-id"] = nil
        leaves["network/interfaces/macs/"] = "06:00:00:00:00:01/\n06:00:00:00:00:02/\n\(Self.mac)/"
        try await FakeServer.run({ [leaves] request, _ in Self.reply(request, leaves) }) { server in
            let client = try client(server.url)
            #expect(try await client.networkInterfaces().map(\.interfaceID) == ["eni-1"])
            #expect(try await client.macAddresses().count == 3)
        }
    }

    @Test func `the instance's role gives credentials`() async throws {
        var leaves = Self.leaves
        leaves["iam/security-credentials/"] = "node-role"
        leaves["iam/security-credentials/node-role"] = """
            {"Code": "Success", "AccessKeyId": "A", "SecretAccessKey": "S", "Token": "T",
             "Expiration": "2099-01-01T00:00:00Z"}
            """
        try await FakeServer.run({ [leaves] request, _ in Self.reply(request, leaves) }) { server in
            let environment = try AWSEnvironment([
                "AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url, "AWS_CONFIG_FILE": "/nonexistent",
                "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
            ])
            #expect(try await environment.credentials(logger: .silent).credentials().accessKeyID == "A")
            #expect(try await environment.region() == "eu-central-1")
            let client = try await environment.client(logger: .silent)
            #expect(client.configuration.endpoint.url == "https://ec2.eu-central-1.amazonaws.com/")
        }
        for role in [nil, "a/../b", "a?b"] {
            leaves["iam/security-credentials/"] = role
            try await FakeServer.run({ [leaves] request, _ in Self.reply(request, leaves) }) { server in
                let source = InstanceRoleCredentials(try client(server.url))
                await #expect(throws: AWSAccessError.self) { try await source.fetch() }
            }
        }
    }
}
