// SPDX-License-Identifier: Apache-2.0

import CNITypes
import Logging
import Testing

@testable import EC2

/// When a call is made again, and when not.
@Suite(.timeLimit(.minutes(2)))
struct RetryTests {
    private let request = NetworkInterfaceRequest(subnetID: "subnet-1", clientToken: "token")

    @Test func `a throttled call is made again, slower`() async throws {
        let clock = FakeClock()
        try await FakeServer.run({ _, index in
            index < 3
                ? Answer.failure("RequestLimitExceeded", "Request limit exceeded.", status: 503)
                : Answer.success("AttachNetworkInterface", "<attachmentId>eni-attach-1</attachmentId>")
        }) { server in
            let client = try EC2Client.of(server.url, time: clock.time)
            // Also one that must not happen twice: EC2 has not done it.
            let id = try await client.attachNetworkInterface("eni-1", to: "i-1", deviceIndex: 1)
            #expect(id == "eni-attach-1")
            #expect(server.requests.count == 4)
            // Each refusal empties the bucket, so that the token is waited for, too.
            #expect(clock.pauses.count >= 5)
            #expect(
                clock.pauses.filter {
                    $0 == .milliseconds(250) || $0 == .milliseconds(500) || $0 == .seconds(1)
                }.count >= 3)
        }
    }

    @Test func `throttling without end ends at the deadline`() async throws {
        let clock = FakeClock()
        try await FakeServer.run({ _, _ in Answer.failure("RequestLimitExceeded", status: 503) }) { server in
            let client = try EC2Client.of(server.url, time: clock.time) {
                $0.retries.attempts = 1000
                $0.deadline = .seconds(30)
            }
            let error = await #expect(throws: EC2Error.self) {
                try await client.describeSubnets(.matching([]))
            }
            #expect(error?.kind == .throttled)
            #expect(error?.mayHaveHappened == false)
            #expect(clock.time.uptime() <= .seconds(30))
            #expect(5...30 ~= server.requests.count)
        }
    }

    @Test func `a bucket without tokens in time is a failure before anything is sent`() async throws {
        let clock = FakeClock()
        try await FakeServer.run({ _, _ in Answer.success("CreateTags") }) { server in
            let client = try EC2Client.of(server.url, time: clock.time) {
                $0.rates = .uniform(.init(capacity: 1, perSecond: 0.2), calls: ["CreateTags"])
                $0.deadline = .seconds(4)
            }
            try await client.createTags(["a": "b"], on: ["eni-1"])
            let error = await #expect(throws: EC2Error.self) {
                try await client.createTags(["a": "b"], on: ["eni-1"])
            }
            #expect(error?.kind == .throttled)
            #expect(server.requests.count == 1)
            clock.advance(.seconds(5))
            try await client.createTags(["a": "b"], on: ["eni-1"])
            #expect(server.requests.count == 2)
        }
    }

    @Test func `a lost answer of a harmless call is asked for again, with the same client token`()
        async throws
    {
        try await FakeServer.run({ _, index in
            index == 0 ? .hangUp : Answer.success("CreateNetworkInterface", ClientTests.interface)
        }) { server in
            let created = try await EC2Client.of(server.url).createNetworkInterface(request)
            #expect(created.id == "eni-1")
            #expect(server.requests.map { $0.parameters["ClientToken"] } == ["token", "token"])
        }
    }

    @Test func `a lost answer of attach and assign is the caller's to resolve`() async throws {
        try await FakeServer.run({ _, _ in .hangUp }) { server in
            let client = try EC2Client.of(server.url)
            let errors = [
                await #expect(throws: EC2Error.self) {
                    try await client.attachNetworkInterface("eni-1", to: "i-1", deviceIndex: 1)
                },
                await #expect(throws: EC2Error.self) {
                    try await client.assignPrivateIPAddresses(.addressCount(1), to: "eni-1")
                },
                await #expect(throws: EC2Error.self) {
                    try await client.assignIPv6Addresses(.prefixCount(1), to: "eni-1")
                },
            ]
            #expect(errors.allSatisfy { $0?.kind == .transport && $0?.mayHaveHappened == true })
            #expect(server.requests.count == 3)
        }
    }

    @Test func `EC2's own failure may have done it`() async throws {
        try await FakeServer.run({ _, _ in Answer.failure("InternalError", status: 500) }) { server in
            let client = try EC2Client.of(server.url)
            let attach = await #expect(throws: EC2Error.self) {
                try await client.attachNetworkInterface("eni-1", to: "i-1", deviceIndex: 1)
            }
            #expect(attach?.mayHaveHappened == true)
            #expect(server.requests.count == 1)
            let create = await #expect(throws: EC2Error.self) {
                try await client.createNetworkInterface(request)
            }
            #expect(create?.kind == .serverFailure && create?.mayHaveHappened == true)
            #expect(server.requests.count == 7)
            let describe = await #expect(throws: EC2Error.self) {
                try await client.describeSubnets(.matching([]))
            }
            #expect(describe?.mayHaveHappened == false)
        }
    }

    @Test func `what a lost answer has deleted is deleted`() async throws {
        try await FakeServer.run({ request, index in
            if index.isMultiple(of: 2) { return .hangUp }
            return switch request.parameters["Action"] {
            case "DeleteNetworkInterface": Answer.failure("InvalidNetworkInterfaceID.NotFound")
            case "DetachNetworkInterface": Answer.failure("InvalidAttachmentID.NotFound")
            default:
                Answer.failure(
                    "InvalidParameterValue",
                    "Some of the specified addresses are not assigned to interface eni-1")
            }
        }) { server in
            let client = try EC2Client.of(server.url)
            try await client.deleteNetworkInterface("eni-1")
            try await client.detachNetworkInterface(attachment: "eni-attach-1")
            let address = try #require(IPAddress("10.0.0.5"))
            try await client.unassignPrivateIPAddresses(
                AssignedAddresses(addresses: [address]), from: "eni-1")
            #expect(server.requests.count == 6)
        }
    }

    @Test func `a failure that follows a lost answer says that it may have happened`() async throws {
        let clock = FakeClock()
        try await FakeServer.run({ _, _ in .hangUp }) { server in
            let client = try EC2Client.of(server.url, time: clock.time) {
                $0.rates = .uniform(.init(capacity: 1, perSecond: 0.2), calls: ["DeleteNetworkInterface"])
                $0.deadline = .seconds(4)
            }
            let error = await #expect(throws: EC2Error.self) {
                try await client.deleteNetworkInterface("eni-1")
            }
            // The second attempt was not sent, for want of a token.
            #expect(error?.kind == .throttled)
            #expect(error?.mayHaveHappened == true)
            #expect(server.requests.count == 1)
        }
    }

    @Test func `what was never there is not deleted`() async throws {
        try await FakeServer.run({ _, _ in Answer.failure("InvalidNetworkInterfaceID.NotFound") }) { server in
            let client = try EC2Client.of(server.url)
            let error = await #expect(throws: EC2Error.self) {
                try await client.deleteNetworkInterface("eni-1")
            }
            #expect(error?.kind == .notFound(.networkInterface))
            #expect(server.requests.count == 1)
        }
    }

    @Test func `a server that does not answer is given up in time`() async throws {
        try await FakeServer.run({ _, _ in .silence }) { server in
            let client = try EC2Client.of(server.url) {
                $0.attemptLimit = .milliseconds(500)
                $0.retries.attempts = 2
            }
            let error = await #expect(throws: EC2Error.self) {
                try await client.describeSubnets(.matching([]))
            }
            #expect(error?.kind == .timedOut)
            #expect(error?.message.contains("no answer within 0.5 seconds") == true)
            #expect(error?.message.contains(server.url) == true)
        }
    }

    @Test func `a port where nobody listens is named, and nothing was sent`() async throws {
        let port = try ReservedPort()
        let client = try EC2Client.of("http://127.0.0.1:\(port.number)")
        let error = await #expect(throws: EC2Error.self) {
            try await client.attachNetworkInterface("eni-1", to: "i-1", deviceIndex: 1)
        }
        #expect(error?.kind == .transport)
        #expect(error?.mayHaveHappened == false)
        #expect(error?.message.contains("refused") == true, "\(error?.message ?? "")")
        #expect(error?.message.hasPrefix("http://127.0.0.1:\(port.number)/: no connection: ") == true)
    }

    @Test func `a cancelled task ends its call`() async throws {
        try await FakeServer.run({ _, _ in .silence }) { server in
            let client = try EC2Client.of(server.url)
            let task = Task { try await client.describeSubnets(.matching([])) }
            while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            task.cancel()
            let result = await task.result
            let error = #expect(throws: EC2Error.self) { try result.get() }
            #expect(error?.kind == .cancelled)
        }
    }

    @Test func `something that is not EC2 is named`() async throws {
        try await FakeServer.run({ _, _ in .answer(502, [], "<html>Bad Gateway</html>") }) { server in
            let client = try EC2Client.of(server.url)
            let error = await #expect(throws: EC2Error.self) {
                try await client.describeSubnets(.matching([]))
            }
            #expect(error?.kind == .serverFailure)
            #expect(error?.message == "not an answer of EC2: \"<html>Bad Gateway</html>\"")
        }
    }

    @Test func `pauses double, to a limit, with jitter`() {
        let policy = RetryPolicy(attempts: 40)
        let error = EC2Error(.throttled, action: "A", message: "")
        func pause(_ attempt: Int, _ chance: Double) -> Duration? {
            policy.pause(after: error, attempt: attempt, isRepeatable: true, chance: chance)
        }
        #expect(pause(1, 1) == .milliseconds(250))
        #expect(pause(1, 0) == .milliseconds(125))
        #expect(pause(3, 1) == .seconds(1))
        #expect(pause(39, 1) == .seconds(10))
        #expect(pause(40, 1) == nil)
        var refused = error
        refused.kind = .unauthorized
        #expect(policy.pause(after: refused, attempt: 1, isRepeatable: true, chance: 1) == nil)
    }
}
