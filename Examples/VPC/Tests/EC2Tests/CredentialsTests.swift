// SPDX-License-Identifier: Apache-2.0

import CNITesting
import CNITypes
import Logging
import NodeAgentTesting
import Synchronization
import Testing

@testable import EC2

/// Where credentials come from, and how long they are kept.
@Suite(.timeLimit(.minutes(2)))
struct CredentialsTests {
    /// Variables that lead nowhere.
    private let nothing = [
        "AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
        "AWS_EC2_METADATA_DISABLED": "true", "AWS_REGION": "eu-west-1",
    ]

    private func credentials(_ variables: [String: String]) async throws -> Credentials {
        let all = nothing.merging(variables) { $1 }
        return try await AWSEnvironment(all, time: .quick).credentials(logger: .silent).credentials()
    }

    private func failure(_ variables: [String: String]) async -> String {
        do {
            return "found: \(try await credentials(variables))"
        } catch {
            return "\(error)"
        }
    }

    @Test func `nothing that is configured is a failure that says what was looked for`() async {
        #expect(
            await failure([:])
                == "none of these is configured: environment, web identity, profile, container, instance role"
        )
    }

    @Test func `variables come first`() async throws {
        let found = try await credentials([
            "AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "S", "AWS_SESSION_TOKEN": "T",
            "AWS_WEB_IDENTITY_TOKEN_FILE": "/nonexistent", "AWS_ROLE_ARN": "r",
        ])
        #expect(found == Credentials(accessKeyID: "A", secretAccessKey: "S", sessionToken: "T"))
        #expect(await failure(["AWS_ACCESS_KEY_ID": "A"]).contains("go together"))
        #expect(
            await failure(["AWS_ACCESS_KEY_ID": "A\r\nx: y", "AWS_SECRET_ACCESS_KEY": "S"])
                == "environment: the access key id is empty, too long, or has blanks in it")
    }

    @Test func `a profile of the shared files`() async throws {
        let folder = try TemporaryFolder()
        let files = [
            "AWS_SHARED_CREDENTIALS_FILE": try folder.write(
                "credentials",
                """
                # a comment
                [default]
                aws_access_key_id = A1
                aws_secret_access_key = S1=/+

                [ other ]
                aws_access_key_id=A2
                aws_secret_access_key=S2 # another
                aws_session_token=T2
                [half]
                aws_access_key_id = A3
                """),
            "AWS_CONFIG_FILE": try folder.write(
                "config",
                """
                [profile other]
                region = eu-north-1
                services = local
                [profile run]
                credential_process = /bin/keys
                [profile sso]
                sso_session = s
                [profile assumed]
                role_arn = arn:aws:iam::1:role/r
                source_profile = default
                [services local]
                ec2 =
                  endpoint_url = http://127.0.0.1:7
                s3 =
                  endpoint_url = http://127.0.0.1:8
                """),
        ]
        func with(_ profile: String) -> [String: String] { files.merging(["AWS_PROFILE": profile]) { $1 } }
        #expect(try await credentials(files) == Credentials(accessKeyID: "A1", secretAccessKey: "S1=/+"))
        #expect(
            try await credentials(with("other"))
                == Credentials(accessKeyID: "A2", secretAccessKey: "S2", sessionToken: "T2"))
        #expect(await failure(with("none")) == "the profile none is in neither of the shared files")
        #expect(await failure(with("half")).contains("go together"))
        #expect(await failure(with("run")).contains("credential_process is not supported"))
        #expect(await failure(with("sso")).contains("sso_session is not supported"))
        #expect(
            await failure(with("assumed")).contains(
                "role_arn without web_identity_token_file is not supported"))
        var variables = nothing.merging(with("other")) { $1 }
        variables["AWS_REGION"] = nil
        let environment = try AWSEnvironment(variables)
        #expect(try await environment.region() == "eu-north-1")
        #expect(try environment.endpoint("ec2", "eu-north-1").url == "http://127.0.0.1:7/")
        #expect(try environment.endpoint("sts", "eu-north-1").url == "https://sts.eu-north-1.amazonaws.com/")
    }

    private static let document = """
        {"Code": "Success", "Type": "AWS-HMAC", "AccessKeyId": "A", "SecretAccessKey": "S", "Token": "T",
         "Expiration": "2099-01-01T00:00:00Z"}
        """
    private let expected = Credentials(
        accessKeyID: "A", secretAccessKey: "S", sessionToken: "T",
        expiration: Timestamp("2099-01-01T00:00:00Z"))

    @Test func `a container's endpoint, with a token that changes`() async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("token", "first\n")
        try await FakeServer.run({ _, _ in .text(Self.document) }) { server in
            let variables = [
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": "\(server.url)/v1/credentials?a=b",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": file,
            ]
            #expect(try await credentials(variables) == expected)
            try folder.write("token", "second")
            #expect(try await credentials(variables) == expected)
            #expect(server.requests.map { $0.header("authorization") } == ["first", "second"])
            #expect(server.requests.map(\.uri) == ["/v1/credentials?a=b", "/v1/credentials?a=b"])
            try folder.write("token", "two\nlines")
            #expect(await failure(variables) == "\(file): no token in one line")
            #expect(server.requests.count == 2)
        }
    }

    @Test func `a container's endpoint elsewhere gets no token without TLS`() async {
        for url in ["http://192.0.2.1/x", "http://example.com/", "http://169.254.169.254/x", "nothing"] {
            let text = await failure([
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": url, "AWS_CONTAINER_AUTHORIZATION_TOKEN": "t",
            ])
            #expect(text.hasPrefix("AWS_CONTAINER_CREDENTIALS_FULL_URI: "))
        }
    }

    @Test func `a web identity's token is changed for a role's credentials`() async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("token", "eyJ.a-b_c.d\n")
        let answer = """
            <AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
              <AssumeRoleWithWebIdentityResult>
                <Credentials>
                  <SessionToken>T</SessionToken><SecretAccessKey>S</SecretAccessKey>
                  <Expiration>2099-01-01T00:00:00Z</Expiration><AccessKeyId>A</AccessKeyId>
                </Credentials>
              </AssumeRoleWithWebIdentityResult>
            </AssumeRoleWithWebIdentityResponse>
            """
        let refusal = { @Sendable (code: String, status: Int) in
            FakeServer.Reply.answer(
                status, [],
                """
                <ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>\
                <Code>\(code)</Code><Message>m</Message></Error><RequestId>r</RequestId></ErrorResponse>
                """)
        }
        try await FakeServer.run({ _, index in
            [refusal("IDPCommunicationError", 400), .hangUp, refusal("InternalFailure", 500), .text(answer)][
                min(index, 3)]
        }) { server in
            let variables = [
                "AWS_WEB_IDENTITY_TOKEN_FILE": file, "AWS_ROLE_ARN": "arn:aws:iam::1:role/r",
                "AWS_ENDPOINT_URL_STS": server.url, "AWS_ROLE_SESSION_NAME": "node",
            ]
            let found = try await credentials(variables)
            #expect(found == expected)
            #expect(server.requests.count == 4)
            #expect(
                server.requests[3].parameters == [
                    "Action": "AssumeRoleWithWebIdentity", "Version": "2011-06-15",
                    "RoleArn": "arn:aws:iam::1:role/r", "RoleSessionName": "node",
                    "WebIdentityToken": "eyJ.a-b_c.d",
                ])
            // The token proves who asks.
            #expect(server.requests[3].header("authorization") == nil)
        }
        try await FakeServer.run({ _, _ in refusal("AccessDenied", 403) }) { server in
            let text = await failure([
                "AWS_WEB_IDENTITY_TOKEN_FILE": file, "AWS_ROLE_ARN": "arn:aws:iam::1:role/r",
                "AWS_ENDPOINT_URL_STS": server.url,
            ])
            #expect(
                text
                    == "AssumeRoleWithWebIdentity at \(server.url)/ for arn:aws:iam::1:role/r: AccessDenied: m (HTTP 403)"
            )
            #expect(server.requests.count == 1)
        }
        #expect(await failure(["AWS_WEB_IDENTITY_TOKEN_FILE": file]).contains("AWS_ROLE_ARN is not"))
        #expect(
            await failure(["AWS_WEB_IDENTITY_TOKEN_FILE": "/nonexistent", "AWS_ROLE_ARN": "r"])
                == "/nonexistent: does not exist")
    }

    @Test(arguments: [
        ("{}", "AccessKeyId or SecretAccessKey is missing"), ("[", "not JSON"),
        (#"{"Code": "AssumeRoleUnauthorizedAccess", "Message": "m"}"#, "AssumeRoleUnauthorizedAccess: m"),
        (
            #"{"AccessKeyId": "A", "SecretAccessKey": "S", "Expiration": "soon"}"#,
            "Expiration: \"soon\" is not a time"
        ),
    ]) func `an invalid document is a failure`(_ text: String, _ reason: String) {
        let error = #expect(throws: AWSAccessError.self) {
            try Credentials(document: Array(text.utf8), origin: "here")
        }
        #expect(error?.message == "here: \(reason)")
    }

    /// A source whose answers a test chooses.
    private struct Source: CredentialsSource {
        let name = "test"
        let body: @Sendable () throws -> Credentials

        func fetch() async throws(AWSAccessError) -> Credentials? {
            do {
                return try body()
            } catch {
                throw AWSAccessError("\(error)")
            }
        }
    }

    @Test func `credentials are renewed before they expire, and kept while that fails`() async throws {
        let clock = FakeClock()
        let count = Mutex(0)
        let fails = Mutex(false)
        let cache = CredentialsCache(
            [
                Source {
                    if fails.withLock({ $0 }) { throw TestFailure("no answer") }
                    let number = count.withLock { count in
                        count += 1
                        return count
                    }
                    return Credentials(
                        accessKeyID: "A\(number)", secretAccessKey: "S",
                        expiration: clock.time.now() + .seconds(3600))
                }
            ], time: clock.time, logger: .silent)
        let key = { try await cache.credentials().accessKeyID }
        #expect(try await key() == "A1")
        clock.advance(.seconds(3000))
        #expect(try await key() == "A1")
        clock.advance(.seconds(400))
        #expect(try await key() == "A2")
        clock.advance(.seconds(3400))
        fails.withLock { $0 = true }
        #expect(try await key() == "A2")
        clock.advance(.seconds(250))
        await #expect(throws: AWSAccessError.self) { try await key() }
        fails.withLock { $0 = false }
        #expect(try await key() == "A3")
        await cache.reject(try await cache.credentials())
        #expect(try await key() == "A4")
    }

    @Test func `many who ask at once make one request`() async throws {
        try await FakeServer.run({ _, _ in .text(Self.document) }) { server in
            let variables = nothing.merging(["AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url + "/"]) { $1 }
            let cache = try AWSEnvironment(variables).credentials(logger: .silent)
            try await withThrowingTaskGroup(of: Credentials.self) { group in
                for _ in 0..<50 { group.addTask { try await cache.credentials() } }
                for try await credentials in group { #expect(credentials == expected) }
            }
            #expect(server.requests.count == 1)
        }
    }
}
