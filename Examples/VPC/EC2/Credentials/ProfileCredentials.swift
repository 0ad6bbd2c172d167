// SPDX-License-Identifier: Apache-2.0

/// The credentials of a profile of the shared files: keys, or a role for a web identity's token.
struct ProfileCredentials: CredentialsSource {
    let name = "profile"
    let environment: [String: String]
    let webIdentity: WebIdentityService

    func fetch() async throws(CredentialsError) -> Credentials? {
        // Read anew each time: somebody may renew the keys in it.
        let profile = try SharedProfile(environment)
        guard profile.exists else {
            guard profile.isAskedFor else { return nil }
            throw CredentialsError("the profile \(profile.name) is in neither of the shared files")
        }
        let key = profile["aws_access_key_id"]
        let secret = profile["aws_secret_access_key"]
        if let role = profile["role_arn"] {
            guard let file = profile["web_identity_token_file"] else {
                throw refused(profile, "role_arn without web_identity_token_file")
            }
            return try await webIdentity.credentials(
                tokenFile: file, role: role, session: profile["role_session_name"])
        }
        if key != nil || secret != nil {
            guard let key, let secret else {
                throw CredentialsError(
                    "profile \(profile.name): aws_access_key_id and aws_secret_access_key go together")
            }
            return try Credentials(
                accessKeyID: key, secretAccessKey: secret, sessionToken: profile["aws_session_token"]
            ).checked("profile \(profile.name)")
        }
        for setting in ["credential_process", "sso_session", "sso_start_url", "login_session"]
        where profile[setting] != nil {
            throw refused(profile, setting)
        }
        return nil
    }

    private func refused(_ profile: SharedProfile, _ setting: String) -> CredentialsError {
        CredentialsError(
            """
            profile \(profile.name): \(setting) is not supported: no programs are run for credentials, nobody logs in \
            here, and roles are taken over by a web identity's token only; a node has a role of its own, or a pod's
            """)
    }
}
