// SPDX-License-Identifier: Apache-2.0

/// The credentials of the role that an instance has, from the metadata service.
///
/// See https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html.
struct InstanceRoleCredentials: CredentialsSource {
    let name = "instance role"
    private let metadata: MetadataClient

    init(_ metadata: MetadataClient) { self.metadata = metadata }

    func fetch() async throws(CredentialsError) -> Credentials? {
        // Switched off means that there is none to be had here.
        guard metadata.configuration.endpoint != nil else { return nil }
        let folder = "meta-data/iam/security-credentials/"
        let list = try await read(folder) ?? ""
        guard let role = list.split(whereSeparator: \.isNewline).first else {
            throw CredentialsError("metadata: the instance has no role (instance profile)")
        }
        // Role names have no other characters; this one becomes a part of a URL.
        guard
            role.utf8.allSatisfy({
                $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#")
                    && 0x21...0x7e ~= $0
            })
        else { throw CredentialsError("metadata: \"\(role.prefix(80))\" is not the name of a role") }
        guard let document = try await read(folder + role) else {
            throw CredentialsError("metadata: no credentials of the role \(role)")
        }
        return try Credentials(document: Array(document.utf8), origin: "metadata: role \(role)")
    }

    private func read(_ path: String) async throws(CredentialsError) -> String? {
        do throws(MetadataError) {
            return try await metadata.read(path)
        } catch {
            throw CredentialsError(error.message, isCancelled: error.kind == .cancelled)
        }
    }
}
