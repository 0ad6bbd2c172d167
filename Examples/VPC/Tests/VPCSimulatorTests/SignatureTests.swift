// SPDX-License-Identifier: Apache-2.0

import Testing
import VPCModel

@testable import VPCSimulator

/// Signatures against the published vectors (aws-sig-v4-test-suite, AKIDEXAMPLE, 20150830T123600Z, us-east-1/service).
@Suite struct SignatureTests {
    private func signature(_ request: WebRequest, _ headers: [String]) -> String {
        SignatureCheck.signature(
            of: request, headers: headers, stamp: "20150830T123600Z", region: "us-east-1", service: "service",
            secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    }

    private let headers = [("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z")]

    @Test func getVanilla() {
        let request = WebRequest(method: "GET", path: "/", headers: headers)
        #expect(
            signature(request, ["host", "x-amz-date"])
                == "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")
    }

    @Test func postForm() {
        let request = WebRequest(
            method: "POST", path: "/",
            headers: [("content-type", "application/x-www-form-urlencoded")] + headers,
            body: Array("Param1=value1".utf8))
        #expect(
            signature(request, ["content-type", "host", "x-amz-date"])
                == "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a")
    }

    @Test func theQueryIsSorted() {
        let sorted = WebRequest(
            method: "GET", path: "/", query: "Param1=value1&Param2=value2", headers: headers)
        let other = WebRequest(
            method: "GET", path: "/", query: "Param2=value2&Param1=value1", headers: headers)
        #expect(signature(sorted, ["host", "x-amz-date"]) == signature(other, ["host", "x-amz-date"]))
        #expect(
            signature(sorted, ["host", "x-amz-date"])
                == "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500")
    }

    @Test func theTimeIsRead() {
        #expect(Timestamp(basic: "20150830T123600Z")?.description == "2015-08-30T12:36:00.000Z")
        #expect(Timestamp(basic: "20000229T235959Z")?.description == "2000-02-29T23:59:59.000Z")
        for text in ["", "20150830123600Z", "2015-08-30T12:36Z", "20151330T123600Z"] {
            #expect(Timestamp(basic: text) == nil)
        }
        #expect(Timestamp(milliseconds: 1_440_938_160_000).http == "Sun, 30 Aug 2015 12:36:00 GMT")
    }

    @Test(arguments: [
        "", "Basic x", "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=a/b/c, SignedHeaders=host, Signature=1",
        "AWS4-HMAC-SHA256 Credential=a/20150830/us-east-1/ec2/aws4_request, Signature=1",
    ])
    func incompleteHeadersAreRefused(header: String) {
        let request = WebRequest(
            method: "POST", path: "/", headers: headers + [("authorization", header)])
        let check = SignatureCheck(region: "us-east-1", now: Timestamp(milliseconds: 1_440_938_160_000))
        #expect(throws: EC2Error.self) { try check.key(for: request, among: [:]) }
    }
}
