// SPDX-License-Identifier: Apache-2.0

internal import Crypto

/// AWS's Signature Version 4, for requests to `/` without a query string, as the Query protocol's are.
///
/// See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html.
struct Signer: Sendable {
    let credentials: Credentials
    let region: String
    let service: String

    /// The headers that a request needs beside its own, the signature among them.
    ///
    /// - Parameters:
    ///   - headers: All that are signed, `host` among them.
    ///   - moment: The time of the request, which must be within 15 minutes of AWS's.
    func headers(
        method: String, headers: [(String, String)], body: [UInt8], at moment: Timestamp
    ) -> [(String, String)] {
        var added = [("x-amz-date", moment.basic)]
        if let token = credentials.sessionToken { added.append(("x-amz-security-token", token)) }
        let signed = (headers + added).map { ($0.0.lowercased(), Self.trimmed($0.1)) }.sorted { $0.0 < $1.0 }
        let names = signed.map(\.0).joined(separator: ";")
        let request = [
            method, "/", "", signed.map { "\($0.0):\($0.1)\n" }.joined(), names,
            Self.hex(SHA256.hash(data: body)),
        ].joined(separator: "\n")
        let scope = "\(moment.date)/\(region)/\(service)/aws4_request"
        let text = [
            "AWS4-HMAC-SHA256", moment.basic, scope, Self.hex(SHA256.hash(data: Array(request.utf8))),
        ].joined(separator: "\n")
        let signature = Self.hex(Self.code(text, signingKey(moment)))
        added.append(
            (
                "authorization",
                """
                AWS4-HMAC-SHA256 Credential=\(credentials.accessKeyID)/\(scope), SignedHeaders=\(names), \
                Signature=\(signature)
                """
            ))
        return added
    }

    /// The key of a day, a region and a service.
    private func signingKey(_ moment: Timestamp) -> SymmetricKey {
        var key = SymmetricKey(data: Array("AWS4\(credentials.secretAccessKey)".utf8))
        for text in [moment.date, region, service, "aws4_request"] {
            key = SymmetricKey(data: Self.code(text, key))
        }
        return key
    }

    private static func code(_ text: String, _ key: SymmetricKey) -> HMAC<SHA256>.MAC {
        HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key)
    }

    /// A value without blanks around it, and with one where there are several.
    private static func trimmed(_ value: String) -> String {
        value.split(separator: " ").joined(separator: " ")
    }

    private static func hex(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
