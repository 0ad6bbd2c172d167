// SPDX-License-Identifier: Apache-2.0

public import Logging

/// What a process's environment says of AWS: region, endpoints, credentials; the same variables as AWS's own clients.
///
/// See https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html.
public struct AWSEnvironment: Sendable {
    let variables: [String: String]
    private let connections: AWSConnections
    private let time: Timekeeper
    let profile: SharedProfile
    /// The metadata service, as the environment says.
    public let metadata: MetadataClient

    /// Reads variables, and the profile that they name.
    ///
    /// - Throws: ``CredentialsError`` for a variable or a file that is wrong.
    public init(_ variables: [String: String], time: Timekeeper = .system) throws(CredentialsError) {
        self.variables = variables
        self.time = time
        profile = try SharedProfile(variables)
        connections = try AWSConnections(
            authorities: variables.value("AWS_CA_BUNDLE") ?? profile["ca_bundle"])
        metadata = MetadataClient(
            MetadataClient.Configuration(endpoint: try Self.metadataEndpoint(variables)),
            connections: connections, time: time)
    }

    /// A client of EC2 with the region, the endpoint and the credentials that the environment says.
    ///
    /// - Parameter change: Changes what the client begins with.
    /// - Throws: ``CredentialsError`` if there is no region, or an endpoint is wrong.
    public func client(
        logger: Logger, _ change: (inout EC2Client.Configuration) -> Void = { _ in }
    ) async throws(CredentialsError) -> EC2Client {
        let region = try await region()
        var configuration = EC2Client.Configuration(region: region, endpoint: try endpoint("ec2", region))
        change(&configuration)
        return EC2Client(
            configuration, credentials: credentials(logger: logger), connections: connections, time: time,
            logger: logger)
    }

    /// The region: `AWS_REGION`, `AWS_DEFAULT_REGION`, the profile's, or the metadata service's.
    ///
    /// - Throws: ``CredentialsError`` if nothing says one.
    public func region() async throws(CredentialsError) -> String {
        let said = variables.value("AWS_REGION") ?? variables.value("AWS_DEFAULT_REGION") ?? profile["region"]
        if let said {
            guard Endpoint.isRegion(said) else {
                throw CredentialsError("\"\(said.prefix(80))\" is not a region (AWS_REGION)")
            }
            return said
        }
        do throws(MetadataError) {
            return try await metadata.region()
        } catch {
            throw CredentialsError(
                "no region: AWS_REGION is not set, and \(error)", isCancelled: error.kind == .cancelled)
        }
    }

    /// The credentials: of the variables, a web identity's token, the profile, the container, the instance's role.
    public func credentials(logger: Logger) -> CredentialsCache {
        let tokens = WebIdentityService(
            endpoint: { () async throws(CredentialsError) in try endpoint("sts", try await region()) },
            connections: connections, time: time)
        return CredentialsCache(
            [
                EnvironmentCredentials(variables),
                WebIdentityCredentials(environment: variables, service: tokens),
                ProfileCredentials(environment: variables, webIdentity: tokens),
                ContainerCredentials(variables, connections), InstanceRoleCredentials(metadata),
            ], time: time, logger: logger)
    }
}
