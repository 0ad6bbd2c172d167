// SPDX-License-Identifier: Apache-2.0

internal import CNITypes

extension Credentials {
    /// Reads the JSON of the metadata service and of containers' endpoints.
    ///
    /// - Parameter origin: Where it is from, for messages.
    init(document: [UInt8], origin: String) throws(CredentialsError) {
        guard let json = try? JSON(parsing: document) else { throw CredentialsError("\(origin): not JSON") }
        if let code = json["Code"]?.string, code != "Success" {
            let message = json["Message"]?.string ?? ""
            throw CredentialsError("\(origin): \(code.prefix(80)): \(message.prefix(200))")
        }
        guard let key = json["AccessKeyId"]?.string, let secret = json["SecretAccessKey"]?.string else {
            throw CredentialsError("\(origin): AccessKeyId or SecretAccessKey is missing")
        }
        var expiration: Timestamp?
        if let text = json["Expiration"]?.string {
            guard let time = Timestamp(text) else {
                throw CredentialsError("\(origin): Expiration: \"\(text.prefix(80))\" is not a time")
            }
            expiration = time
        }
        self = try Credentials(
            accessKeyID: key, secretAccessKey: secret, sessionToken: json["Token"]?.string,
            expiration: expiration
        ).checked(origin)
    }
}
