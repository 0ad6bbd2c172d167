// SPDX-License-Identifier: Apache-2.0

import Crypto
import VPCModel

/// Checks a request's signature (AWS Signature Version 4, in the header `Authorization`).
struct SignatureCheck {
    let region: String
    let service = "ec2"
    /// EC2's time, which may be skewed.
    let now: Timestamp

    /// What `Authorization` says.
    private struct Authorization {
        var keyID = ""
        var date = ""
        var region = ""
        var service = ""
        var headers: [String] = []
        var signature = ""

        init(_ text: String) throws(EC2Error) {
            let scheme = "AWS4-HMAC-SHA256"
            guard text.hasPrefix(scheme) else {
                throw EC2Error(
                    "IncompleteSignature", "The header Authorization does not begin with \(scheme)")
            }
            for part in text.dropFirst(scheme.count).split(separator: ",") {
                let sides = part.split(separator: "=", maxSplits: 1)
                guard sides.count == 2 else { continue }
                let value = sides[1].filter { $0 != " " }
                switch sides[0].filter({ $0 != " " }) {
                case "Credential":
                    // The key may have slashes in it, the scope has four parts.
                    let scope = value.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
                    guard scope.count >= 5, scope.last == "aws4_request" else { continue }
                    keyID = scope.dropLast(4).joined(separator: "/")
                    (date, region, service) = (
                        scope[scope.count - 4], scope[scope.count - 3], scope[scope.count - 2]
                    )
                case "SignedHeaders": headers = value.split(separator: ";").map(String.init)
                case "Signature": signature = value
                default: break
                }
            }
            guard !keyID.isEmpty, !headers.isEmpty, !signature.isEmpty else {
                throw EC2Error(
                    "IncompleteSignature",
                    "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' parameters.")
            }
        }
    }

    /// Finds whose signature a request has.
    ///
    /// - Throws: `MissingAuthenticationToken`, `IncompleteSignature`, `AuthFailure`, `RequestExpired` or
    ///   `SignatureDoesNotMatch`.
    func key(for request: WebRequest, among keys: [String: AccessKey]) throws(EC2Error) -> AccessKey {
        guard let header = request.header("authorization") else {
            throw EC2Error(
                "MissingAuthenticationToken", "Request is missing Authentication Token", status: 403)
        }
        let authorization = try Authorization(header)
        guard let stamp = request.header("x-amz-date"), let time = Timestamp(basic: stamp) else {
            throw EC2Error("IncompleteSignature", "The header X-Amz-Date is missing or no date")
        }
        guard authorization.date == stamp.prefix(8), authorization.service == service,
            authorization.headers.contains("host")
        else {
            throw EC2Error(
                "SignatureDoesNotMatch",
                "Credential should be scoped to the date \(stamp.prefix(8)) and '\(service)'.")
        }
        guard authorization.region == region else {
            throw EC2Error(
                "AuthFailure", "Credential should be scoped to a valid region, not '\(authorization.region)'."
            )
        }
        guard let key = keys[authorization.keyID], key.sessionToken == request.header("x-amz-security-token")
        else {
            throw EC2Error("AuthFailure", "AWS was not able to validate the provided access credentials")
        }
        let signature = Self.signature(
            of: request, headers: authorization.headers, stamp: stamp, region: region, service: service,
            secret: key.secret)
        guard signature == authorization.signature else {
            throw EC2Error(
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
                    + "Access Key and signing method.")
        }
        guard abs(now.milliseconds - time.milliseconds) <= 15 * 60_000 else {
            throw EC2Error(
                "RequestExpired", "Request has expired. Timestamp date: \(time), Current date: \(now)")
        }
        if let expires = key.expires, expires <= now {
            throw EC2Error("RequestExpired", "Request has expired.")
        }
        return key
    }

    /// A request's signature, as hexadecimal digits.
    static func signature(
        of request: WebRequest, headers: [String], stamp: String, region: String, service: String,
        secret: String
    ) -> String {
        let path = FormEncoding.encode(
            FormEncoding.decode(request.path, plusIsBlank: false) ?? request.path, keepingSlash: true)
        let query = (FormEncoding.form(request.query) ?? [])
            .map { (FormEncoding.encode($0.name), FormEncoding.encode($0.value)) }.sorted { $0 < $1 }
            .map { "\($0)=\($1)" }.joined(separator: "&")
        let fields = headers.map { name in
            let values = request.headers.filter { $0.name == name }.map { collapsingBlanks($0.value) }
            return "\(name):\(values.joined(separator: ","))\n"
        }
        let canonical = [
            request.method, path.isEmpty ? "/" : path, query, fields.joined(), headers.joined(separator: ";"),
            hexadecimal(SHA256.hash(data: request.body)),
        ].joined(separator: "\n")
        let day = String(stamp.prefix(8))
        let text = [
            "AWS4-HMAC-SHA256", stamp, "\(day)/\(region)/\(service)/aws4_request",
            hexadecimal(SHA256.hash(data: Array(canonical.utf8))),
        ].joined(separator: "\n")
        var key = SymmetricKey(data: Array("AWS4\(secret)".utf8))
        for part in [day, region, service, "aws4_request"] {
            key = SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Array(part.utf8), using: key))
        }
        return hexadecimal(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key))
    }

    private static func collapsingBlanks(_ value: String) -> String {
        value.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
    }

    private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

extension Timestamp {
    /// Reads `20150830T123600Z`.
    init?(basic text: String) {
        let characters = Array(text.utf8)
        guard characters.count == 16, characters[8] == UInt8(ascii: "T"), characters[15] == UInt8(ascii: "Z"),
            let date = Int64(text.prefix(8)), let time = Int64(text.dropFirst(9).prefix(6)), date > 0,
            time >= 0
        else { return nil }
        let (month, day) = (date / 100 % 100, date % 100)
        guard 1...12 ~= month, 1...31 ~= day else { return nil }
        // Years begin in March here, so that the leap day is the last one.
        let year = date / 10_000 - (month <= 2 ? 1 : 0)
        let march = month > 2 ? month - 3 : month + 9
        let ofYear = (153 * march + 2) / 5 + day - 1
        let days = year * 365 + year / 4 - year / 100 + year / 400 + ofYear - 719_468
        let seconds = time / 10_000 * 3600 + time / 100 % 100 * 60 + time % 100
        self.init(milliseconds: (days * 86_400 + seconds) * 1000)
    }
}
