// SPDX-License-Identifier: Apache-2.0

import Logging
import Synchronization
import Testing

@testable import EC2

/// What is done about a clock that is off, credentials that have expired, and permissions that are missing.
@Suite(.timeLimit(.minutes(2)))
struct RefusalTests {
    private struct Source: CredentialsSource {
        let name = "test"
        let count = Counter()

        func fetch() async throws(CredentialsError) -> Credentials? {
            Credentials(accessKeyID: "A\(count.next())", secretAccessKey: "S", sessionToken: "T")
        }
    }

    private final class Counter: Sendable {
        private let value = Mutex(0)

        func next() -> Int {
            value.withLock { value in
                value += 1
                return value
            }
        }
    }

    private static func key(_ request: FakeServer.Request) -> String {
        let text = request.header("authorization") ?? ""
        return String(text.split(separator: "Credential=").last?.prefix { $0 != "/" } ?? "")
    }

    @Test(arguments: [
        "RequestExpired", "SignatureDoesNotMatch", "InvalidSecurity.RequestHasExpired", "AuthFailure",
    ])
    func `a clock that is off is mended by the server's time, once, and said`(_ code: String) async throws {
        let clock = FakeClock(now: Timestamp(seconds: 1_440_938_160 - 7200))
        let lines = LogLines()
        try await FakeServer.run({ request, _ in
            request.header("x-amz-date") == "20150830T123600Z"
                ? Answer.success("CreateTags")
                : Answer.failure(code, date: "Sun, 30 Aug 2015 12:36:00 GMT")
        }) { server in
            let client = try EC2Client.of(server.url, time: clock.time, logger: .into(lines))
            try await client.createTags(["a": "b"], on: ["eni-1"])
            try await client.createTags(["a": "b"], on: ["eni-1"])
            let times = server.requests.map { $0.header("x-amz-date") }
            #expect(times == ["20150830T103600Z", "20150830T123600Z", "20150830T123600Z"])
            let warnings = lines.all.filter { $0.hasPrefix("warning") }
            #expect(warnings.count == 1)
            #expect(warnings.first?.contains("the node's clock is off") == true)
            #expect(warnings.first?.contains("2015-08-30T12:36:00Z") == true)
        }
    }

    @Test func `a clock that stays off is a failure that says so`() async throws {
        try await FakeServer.run({ _, index in
            Answer.failure("RequestExpired", date: "Sun, 30 Aug 2015 1\(index):36:00 GMT")
        }) { server in
            let client = try EC2Client.of(server.url)
            let error = await #expect(throws: EC2Error.self) {
                try await client.createTags(["a": "b"], on: ["e"])
            }
            #expect(error?.kind == .clockSkew)
            #expect(error?.message.contains("the server's clock says 2015-08-30T11:36:00Z") == true)
            #expect(server.requests.count == 2)
        }
    }

    @Test(arguments: ["RequestExpired", "ExpiredToken", "AuthFailure", "InvalidClientTokenId"])
    func `credentials that are refused are fetched anew, once`(_ code: String) async throws {
        let clock = FakeClock(now: Timestamp(seconds: 1_440_938_160))
        let refusal = Answer.failure(code, status: 401, date: "Sun, 30 Aug 2015 12:36:30 GMT")
        try await FakeServer.run({ request, _ in
            Self.key(request) == "A1" ? refusal : Answer.success("CreateTags")
        }) { server in
            let cache = CredentialsCache([Source()], logger: .silent)
            let client = try EC2Client.of(server.url, credentials: cache, time: clock.time)
            try await client.createTags(["a": "b"], on: ["eni-1"])
            #expect(server.requests.map(Self.key) == ["A1", "A2"])
            #expect(server.requests[1].header("x-amz-security-token") == "T")
        }
        try await FakeServer.run({ _, _ in refusal }) { server in
            let cache = CredentialsCache([Source()], logger: .silent)
            let client = try EC2Client.of(server.url, credentials: cache, time: clock.time)
            let error = await #expect(throws: EC2Error.self) {
                try await client.createTags(["a": "b"], on: ["e"])
            }
            #expect(error?.code == code)
            #expect(error?.kind == .expiredCredentials || error?.kind == .invalidCredentials)
            #expect(server.requests.count == 2)
        }
    }

    @Test func `a call without credentials is not sent`() async throws {
        try await FakeServer.run({ _, _ in Answer.success("CreateTags") }) { server in
            let client = try EC2Client.of(server.url, credentials: CredentialsCache([], logger: .silent))
            let error = await #expect(throws: EC2Error.self) {
                try await client.createTags(["a": "b"], on: ["e"])
            }
            #expect(error?.kind == .noCredentials)
            #expect(error?.mayHaveHappened == false)
            #expect(server.requests.isEmpty)
        }
    }

    @Test func `a check of permissions names each one that is missing, and changes nothing`() async throws {
        try await FakeServer.run({ request, _ in
            let parameters = request.parameters
            guard parameters["DryRun"] == "true" else { return .status(500) }
            return switch parameters["Action"] {
            case "CreateNetworkInterface":
                Answer.failure(
                    "UnauthorizedOperation",
                    "User: u is not authorized to perform: ec2:CreateTags on resource: r", status: 403)
            case "AttachNetworkInterface":
                Answer.failure("UnauthorizedOperation", "You are not authorized.", status: 403)
            case "DeleteNetworkInterface": Answer.failure("InvalidParameterValue", "in use")
            default: Answer.failure("DryRunOperation", "Request would have succeeded", status: 412)
            }
        }) { server in
            let subject = PermissionSubject(
                instanceID: "i-1", interfaceID: "eni-1", attachmentID: "eni-attach-1", subnetID: "subnet-1",
                securityGroupIDs: ["sg-1"], tags: ["k": "v"])
            let checks = try await EC2Client.of(server.url).checkPermissions(subject)
            func names(_ isIncluded: (PermissionCheck.Outcome) -> Bool) -> [String] {
                checks.filter { isIncluded($0.outcome) }.map(\.permission)
            }
            #expect(
                names { if case .denied = $0 { true } else { false } }
                    == ["ec2:CreateTags", "ec2:AttachNetworkInterface"])
            #expect(
                names { $0 == .allowed } == [
                    "ec2:DescribeNetworkInterfaces", "ec2:DescribeInstances", "ec2:DescribeInstanceTypes",
                    "ec2:DescribeSubnets", "ec2:DescribeSecurityGroups",
                    "ec2:ModifyNetworkInterfaceAttribute",
                    "ec2:DetachNetworkInterface", "ec2:CreateTags",
                ])
            #expect(names { if case .unknown = $0 { true } else { false } } == ["ec2:DeleteNetworkInterface"])
            #expect(names { $0 == .cannotBeAsked }.count == 4)
            #expect(server.requests.count == 11)
        }
    }
}
