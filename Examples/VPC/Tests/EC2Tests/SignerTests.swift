// SPDX-License-Identifier: Apache-2.0

import CNITesting
import CNITypes
import Testing

@testable import EC2

/// Signature Version 4 against the published vectors and against botocore's signer.
struct SignerTests {
    struct Vector: CustomTestStringConvertible, Sendable {
        let name: String
        var method = "GET"
        var headers: [(String, String)] = []
        var body = ""
        var token: String?
        let signature: String

        var testDescription: String { name }
    }

    // awslabs/aws-c-auth tests/aws-signing-test-suite/v4; those with `/` and no query string.
    static let vectors = [
        Vector(
            name: "get-vanilla", signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
        ),
        Vector(
            name: "post-vanilla", method: "POST",
            signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        Vector(
            name: "get-header-value-trim",
            headers: [("My-Header1", " value1"), ("My-Header2", " \"a   b   c\"")],
            signature: "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"),
        Vector(
            name: "post-header-key-sort", method: "POST", headers: [("My-Header1", "value1")],
            signature: "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"),
        Vector(
            name: "post-header-value-case", method: "POST", headers: [("My-Header1", "VALUE1")],
            signature: "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d"),
        Vector(
            name: "post-x-www-form-urlencoded", method: "POST",
            headers: [("Content-Type", "application/x-www-form-urlencoded")], body: "Param1=value1",
            signature: "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"),
        Vector(
            name: "get-vanilla-with-session-token",
            token: "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267",
            signature: "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8"),
    ]

    @Test(arguments: vectors) func `signs as the published vectors`(_ vector: Vector) throws {
        var credentials = Credentials.sample
        credentials.sessionToken = vector.token
        let signer = Signer(credentials: credentials, region: "us-east-1", service: "service")
        let moment = try #require(Timestamp("2015-08-30T12:36:00Z"))
        let headers = signer.headers(
            method: vector.method, headers: [("Host", "example.amazonaws.com")] + vector.headers,
            body: Array(vector.body.utf8), at: moment)
        let authorization = try #require(headers.first { $0.0 == "authorization" }).1
        let scope = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request"
        #expect(authorization.hasPrefix(scope))
        #expect(authorization.hasSuffix("Signature=\(vector.signature)"))
        #expect(headers.first { $0.0 == "x-amz-date" }?.1 == "20150830T123600Z")
    }

    private static let referee = """
        import datetime, json, sys
        import botocore.auth, botocore.awsrequest, botocore.compat, botocore.credentials
        cases = json.loads(sys.argv[1])
        answers = []
        for case in cases:
            moment = datetime.datetime.fromtimestamp(case['seconds'], datetime.timezone.utc)
            for module in (botocore.auth, botocore.compat):
                module.get_current_datetime = lambda remove_tzinfo=True: moment.replace(tzinfo=None)
            request = botocore.awsrequest.AWSRequest(
                method='POST', url='https://' + case['host'] + '/', data=case['body'].encode(),
                headers={'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8'})
            keys = botocore.credentials.Credentials(case['key'], case['secret'], case['token'] or None)
            botocore.auth.SigV4Auth(keys, 'ec2', case['region']).add_auth(request)
            answers.append(request.headers['X-Amz-Date'] + ' ' + request.headers['Authorization'])
        print(json.dumps(answers))
        """

    @Test(.needsBotocore) func `signs as botocore`() throws {
        var generator = Seeded()
        let regions = ["us-east-1", "cn-north-1", "us-gov-west-1"]
        var cases: [JSON] = []
        var ours: [String] = []
        for index in 0..<60 {
            var parameters = QueryParameters(action: "CreateTags", version: "2016-11-15")
            for number in 0..<Int.random(in: 0...4, using: &generator) {
                parameters.set("Tag.\(number).Value", generator.text(upTo: 40))
            }
            let credentials = Credentials(
                accessKeyID: "AKID\(index)", secretAccessKey: "secret/\(generator.next())+",
                sessionToken: index.isMultiple(of: 2) ? nil : "token/\(generator.next())==")
            let region = regions[index % regions.count]
            let host = "ec2.\(region).amazonaws.com" + (index.isMultiple(of: 5) ? ":8443" : "")
            let seconds = Int64.random(in: 946_684_800...4_102_444_800, using: &generator)
            let headers = Signer(credentials: credentials, region: region, service: "ec2").headers(
                method: "POST",
                headers: [
                    ("host", host), ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
                ], body: Array(parameters.body.utf8), at: Timestamp(seconds: seconds))
            let value = { (name: String) in headers.first { $0.0 == name }?.1 ?? "" }
            ours.append(value("x-amz-date") + " " + value("authorization"))
            cases.append([
                "seconds": JSON(seconds), "host": .string(host), "body": .string(parameters.body),
                "key": .string(credentials.accessKeyID), "secret": .string(credentials.secretAccessKey),
                "token": .string(credentials.sessionToken ?? ""), "region": .string(region),
            ])
        }
        let text = try Python.run(Self.referee, [JSON.array(cases).serialized()])
        let theirs = try JSON(parsing: text).array?.compactMap(\.string) ?? []
        #expect(theirs == ours, "TEST_SEED=\(Seeded.seed)")
    }

    @Test func `no secret is in a description`() {
        var credentials = Credentials.sample
        credentials.sessionToken = "very-secret"
        var dumped = ""
        dump(credentials, to: &dumped)
        for text in ["\(credentials)", String(reflecting: credentials), dumped, "\([credentials])"] {
            #expect(!text.contains("wJalr") && !text.contains("very-secret"))
        }
    }
}
