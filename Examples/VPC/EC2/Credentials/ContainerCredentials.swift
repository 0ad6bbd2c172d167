// SPDX-License-Identifier: Apache-2.0

internal import CNITypes

/// The credentials of a container, from an agent on the node: EKS Pod Identity's, or that of ECS.
///
/// `AWS_CONTAINER_CREDENTIALS_FULL_URI` or `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` say where, and
/// `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE`, whose token changes, or `AWS_CONTAINER_AUTHORIZATION_TOKEN` who asks.
struct ContainerCredentials: CredentialsSource {
    let name = "container"
    private let environment: [String: String]
    private let connections: AWSConnections

    init(_ environment: [String: String], _ connections: AWSConnections) {
        self.environment = environment
        self.connections = connections
    }

    func fetch() async throws(CredentialsError) -> Credentials? {
        guard let url = try url() else { return nil }
        var headers = [("accept", "application/json")]
        if let path = environment.value("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
            headers.append(("authorization", try TextFile.token(path)))
        } else if let token = environment.value("AWS_CONTAINER_AUTHORIZATION_TOKEN") {
            guard token.utf8.allSatisfy({ 0x20...0x7e ~= $0 }) else {
                throw CredentialsError("AWS_CONTAINER_AUTHORIZATION_TOKEN: has line ends in it")
            }
            headers.append(("authorization", token))
        }
        let answer: HTTPAnswer
        do throws(HTTPFailure) {
            answer = try await connections.local.send(
                HTTPMessage(url: url, headers: headers), within: .seconds(5), largest: 64 << 10)
        } catch {
            throw CredentialsError("\(url): \(error.message)", isCancelled: error.kind == .cancelled)
        }
        guard answer.status == 200 else {
            throw CredentialsError("\(url): HTTP \(answer.status): \(answer.excerpt)")
        }
        return try Credentials(document: answer.body, origin: url)
    }

    private func url() throws(CredentialsError) -> String? {
        if let path = environment.value("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
            guard path.hasPrefix("/") else {
                throw CredentialsError("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: does not begin with /")
            }
            return "http://169.254.170.2\(path)"
        }
        guard let text = environment.value("AWS_CONTAINER_CREDENTIALS_FULL_URI") else { return nil }
        let name = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
        guard let url = Endpoint.Parts(text), !text.contains("#") else {
            throw CredentialsError("\(name): \"\(text.prefix(80))\" is not a URL")
        }
        // The token would be there for everybody to read; AWS's own clients allow the same hosts.
        guard url.scheme == "https" || Self.isOnNode(url.name) else {
            throw CredentialsError(
                "\(name): \(url.name): without TLS only a loopback address, 169.254.170.2, 169.254.170.23 and fd00:ec2::23"
            )
        }
        return text
    }

    private static func isOnNode(_ host: String) -> Bool {
        if host == "localhost" { return true }
        guard let address = IPAddress(host) else { return false }
        return address.isLoopback
            || ["169.254.170.2", "169.254.170.23", "fd00:ec2::23"].contains { IPAddress($0) == address }
    }
}
