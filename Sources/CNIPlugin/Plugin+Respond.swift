// SPDX-License-Identifier: Apache-2.0

internal import LinuxCore
internal import Namespaces

extension Plugin {
    /// Runs one invocation.
    ///
    /// Everything that comes from outside is checked before anything is touched.
    public static func respond(to invocation: Invocation) -> Outcome {
        guard let name = invocation.environment["CNI_COMMAND"], !name.isEmpty else {
            let versions = supportedVersions.map(\.description).joined(separator: ", ")
            return Outcome(
                output: nil, diagnostics: "\(about)\nCNI protocol versions supported: \(versions)\n",
                status: 0)
        }
        guard let command = Command(rawValue: name) else {
            return .failure(CNIError(.invalidEnvironment, "unknown CNI_COMMAND: \(name)"), version: .current)
        }
        if command == .version { return version(invocation) }
        var version = SpecVersion.current
        do throws(CNIError) {
            let environment = try Environment(invocation.environment, command)
            let network =
                if let delegation = invocation.delegation { delegation.network } else {
                    try NetworkConfiguration(parsing: invocation.input)
                }
            try requireSupport(of: network, for: command)
            version = network.version
            return try run(environment, network, invocation)
        } catch {
            return .failure(error, version: version)
        }
    }

    /// Answers VERSION in the version that was asked in (section 4, VERSION), whatever else is on stdin.
    private static func version(_ invocation: Invocation) -> Outcome {
        var asked = SpecVersion.current
        do throws(CNIError) {
            if let text = try JSON(parsing: invocation.input)["cniVersion"]?.string,
                let version = SpecVersion(text)
            {
                asked = version
            }
        } catch {
            // Some runtimes send nothing.
        }
        return .success([
            "cniVersion": JSON(asked),
            "supportedVersions": .array(supportedVersions.map { JSON($0) }),
        ])
    }

    private static func requireSupport(
        of network: NetworkConfiguration, for command: Command
    ) throws(CNIError) {
        guard supportedVersions.contains(network.version) else {
            let versions = supportedVersions.map { "\"\($0)\"" }.joined(separator: " ")
            throw CNIError(
                .incompatibleVersion, "incompatible CNI versions",
                details: "config is \"\(network.versionText)\", plugin supports [\(versions)]")
        }
        guard network.version >= command.since else {
            throw CNIError(
                .incompatibleVersion, "config version does not allow \(command.rawValue)",
                details: "cniVersion is \(network.version), \(command.rawValue) needs \(command.since)")
        }
    }

    private static func run(
        _ environment: Environment, _ network: NetworkConfiguration, _ invocation: Invocation
    ) throws(CNIError) -> Outcome {
        let plugin = Self()
        // A deletion must not fail for a configuration that nobody can mend any more.
        let configuration = try configuration(from: network.raw)
        let ipam = network.ipamType.map { Delegate(type: $0, invocation: invocation, network: network) }
        guard let containerID = environment.containerID, let interface = environment.interface else {
            let request = NetworkRequest(
                command: environment.command, configuration: configuration, network: network, ipam: ipam)
            try environment.command == .collect ? plugin.collect(request) : plugin.status(request)
            return .success()
        }
        if !environment.allowsOwnNamespace, invocation.delegation == nil {
            try requireOtherNamespace(environment.namespacePath)
        }
        let request = Request(
            command: environment.command,
            attachment: Attachment(network: network.name, containerID: containerID, interface: interface),
            namespacePath: environment.namespacePath, arguments: environment.arguments,
            configuration: configuration, network: network, ipam: ipam)
        switch environment.command {
        case .add: return .success(try plugin.add(request).json(version: network.version))
        case .check: try plugin.check(request)
        case .delete: try plugin.delete(request)
        case .collect, .status, .version: break
        }
        return .success()
    }

    /// A container that shares the host's namespace must not be attached: its deletion would take the host's
    /// interface apart.
    ///
    /// Checked before any effect.
    private static func requireOtherNamespace(_ path: String?) throws(CNIError) {
        guard let path else { return }
        do throws(NamespaceError) {
            let theirs = try NetworkNamespace(path: path).identity
            guard try NetworkNamespace.current().identity != theirs else {
                throw NamespaceError.system(SystemError(operation: path, errno: 0))
            }
        } catch .system(let error) where error.errno == 0 {
            throw CNIError(
                .invalidNetworkNamespace,
                "plugin's netns and netns from CNI_NETNS should not be the same", details: path)
        } catch {
            return  // not there, or none: the verb says what that means
        }
    }
}
