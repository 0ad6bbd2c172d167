// SPDX-License-Identifier: Apache-2.0

extension AWSEnvironment {
    /// Where a service is, `ec2` or `sts`.
    ///
    /// For EC2 `AWS_EC2_ENDPOINT` counts most, which the VPC CNI has; then, as for all, `AWS_ENDPOINT_URL_EC2`,
    /// `AWS_ENDPOINT_URL`, and the profile's `endpoint_url`; else the region's own, with `AWS_USE_FIPS_ENDPOINT` and
    /// `AWS_USE_DUALSTACK_ENDPOINT`.
    ///
    /// - Throws: ``CredentialsError`` for a URL that is none.
    public func endpoint(_ service: String, _ region: String) throws(CredentialsError) -> Endpoint {
        let names =
            (service == "ec2" ? ["AWS_EC2_ENDPOINT"] : []) + [
                "AWS_ENDPOINT_URL_\(service.uppercased())", "AWS_ENDPOINT_URL",
            ]
        for name in names {
            if let text = variables.value(name) { return try Self.endpoint(text, name) }
        }
        if let text = profile.service(service, "endpoint_url") ?? profile["endpoint_url"] {
            return try Self.endpoint(text, "endpoint_url of the profile \(profile.name)")
        }
        return Endpoint(
            service: service, region: region,
            fips: try flag("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"),
            dualStack: try flag("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"))
    }

    /// Where the metadata service is; nil if it is switched off.
    static func metadataEndpoint(_ variables: [String: String]) throws(CredentialsError) -> Endpoint? {
        if variables.value("AWS_EC2_METADATA_DISABLED")?.lowercased() == "true" { return nil }
        let name = "AWS_EC2_METADATA_SERVICE_ENDPOINT"
        if let text = variables.value(name) { return try endpoint(text, name) }
        let mode = variables.value("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE") ?? "IPv4"
        switch mode.lowercased() {
        case "ipv4": return try endpoint("http://169.254.169.254", name)
        // Only on Nitro, and where the instance's metadata options have it.
        case "ipv6": return try endpoint("http://[fd00:ec2::254]", name)
        default:
            throw CredentialsError(
                "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE: \"\(mode.prefix(80))\" is neither IPv4 nor IPv6")
        }
    }

    private static func endpoint(_ text: String, _ name: String) throws(CredentialsError) -> Endpoint {
        guard let endpoint = Endpoint(url: text) else {
            throw CredentialsError(
                "\(name): \"\(text.prefix(80))\" is not the URL of a server (http://HOST:PORT or https://HOST)"
            )
        }
        return endpoint
    }

    private func flag(_ variable: String, _ setting: String) throws(CredentialsError) -> Bool {
        guard let text = variables.value(variable) ?? profile[setting] else { return false }
        switch text.lowercased() {
        case "true": return true
        case "false": return false
        default: throw CredentialsError("\(variable): \"\(text.prefix(80))\" is neither true nor false")
        }
    }
}
