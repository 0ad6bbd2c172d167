// SPDX-License-Identifier: Apache-2.0

internal import NIOHTTP1

/// AWS's Security Token Service (STS), as far as it gives a role's credentials for a token of somebody else's.
///
/// See https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html.
struct WebIdentityService: Sendable {
    /// Where the service is: in the region, which may have to be asked for.
    let endpoint: @Sendable () async throws(AWSAccessError) -> Endpoint
    let connections: AWSConnections
    let time: Timekeeper

    private static let attempts = 4

    /// Gets a role's credentials.
    ///
    /// - Parameters:
    ///   - tokenFile: The file with the token, which the kubelet writes anew before the token expires.
    ///   - role: The role's ARN.
    ///   - session: What AWS's logs call the holder of the credentials; nil for a name of our own.
    func credentials(
        tokenFile: String, role: String, session: String?
    ) async throws(AWSAccessError) -> Credentials {
        let endpoint = try await endpoint()
        var attempt = 0
        while true {
            attempt += 1
            switch try await ask(endpoint, tokenFile, role, session ?? "swift-cni-vpc") {
            case .credentials(let credentials): return credentials
            case .passing(let failure): guard attempt < Self.attempts else { throw failure }
            }
            do {
                try await time.sleep(.milliseconds(200 << attempt) * (0.5 + time.chance() / 2))
            } catch {
                throw AWSAccessError("cancelled", isCancelled: true)
            }
        }
    }

    /// What comes of one attempt.
    private enum Outcome {
        case credentials(Credentials)
        /// A failure that may be over with the next attempt.
        case passing(AWSAccessError)
    }

    private func ask(
        _ endpoint: Endpoint, _ tokenFile: String, _ role: String, _ session: String
    ) async throws(AWSAccessError) -> Outcome {
        var parameters = QueryParameters(action: "AssumeRoleWithWebIdentity", version: "2011-06-15")
        parameters.set("RoleArn", role)
        parameters.set("RoleSessionName", session)
        parameters.set("WebIdentityToken", try TextFile.token(tokenFile))
        let message = HTTPMessage(
            method: .POST, url: endpoint.url,
            headers: [
                ("host", endpoint.host), ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
            ],
            body: Array(parameters.body.utf8))
        let origin = "AssumeRoleWithWebIdentity at \(endpoint) for \(role)"
        let answer: HTTPAnswer
        do throws(HTTPFailure) {
            answer = try await connections.aws(endpoint).send(
                message, within: .seconds(10), largest: 256 << 10)
        } catch {
            let failure = AWSAccessError(
                "\(origin): \(error.message)", isCancelled: error.kind == .cancelled)
            if failure.isCancelled || error.kind == .tooLarge { throw failure }
            return .passing(failure)
        }
        guard answer.status == 200 else {
            let error = ServiceError(answer.body)
            let text = error.map { "\($0.code): \($0.message)" } ?? "\"\(answer.excerpt)\""
            let failure = AWSAccessError("\(origin): \(text) (HTTP \(answer.status))")
            // The identity provider's own trouble, and too many calls, pass.
            let passes = [
                "IDPCommunicationError", "Throttling", "ThrottlingException", "RequestLimitExceeded",
            ]
            guard answer.status >= 500 || passes.contains(error?.code ?? "") else { throw failure }
            return .passing(failure)
        }
        return .credentials(try credentials(answer.body, origin))
    }

    private func credentials(_ body: [UInt8], _ origin: String) throws(AWSAccessError) -> Credentials {
        do throws(XMLElement.Mistake) {
            let element = try XMLElement(parsing: body).element("AssumeRoleWithWebIdentityResult")
                .element("Credentials")
            let credentials = Credentials(
                accessKeyID: try element.required("AccessKeyId"),
                secretAccessKey: try element.required("SecretAccessKey"),
                sessionToken: try element.required("SessionToken"),
                expiration: try element.parsed("Expiration", "a time") { Timestamp($0) })
            return try credentials.checkedAsAnswer(origin)
        } catch {
            throw AWSAccessError("\(origin): the answer: \(error)")
        }
    }
}

/// `AWS_WEB_IDENTITY_TOKEN_FILE`, `AWS_ROLE_ARN` and `AWS_ROLE_SESSION_NAME`, as EKS sets them for a service account
/// with a role (IRSA).
struct WebIdentityCredentials: CredentialsSource {
    let name = "web identity"
    let environment: [String: String]
    let service: WebIdentityService

    func fetch() async throws(AWSAccessError) -> Credentials? {
        guard let file = environment.value("AWS_WEB_IDENTITY_TOKEN_FILE") else { return nil }
        guard let role = environment.value("AWS_ROLE_ARN") else {
            throw AWSAccessError("AWS_WEB_IDENTITY_TOKEN_FILE is set, and AWS_ROLE_ARN is not")
        }
        return try await service.credentials(
            tokenFile: file, role: role, session: environment.value("AWS_ROLE_SESSION_NAME"))
    }
}

extension Credentials {
    fileprivate func checkedAsAnswer(_ origin: String) throws(XMLElement.Mistake) -> Credentials {
        do throws(AWSAccessError) {
            return try checked(origin)
        } catch {
            throw XMLElement.Mistake(path: "Credentials", reason: error.message)
        }
    }
}
