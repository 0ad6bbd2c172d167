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
        if name == PlanProtocol.verb { return planned(invocation) }
        if name == PlanProtocol.repairVerb { return repaired(invocation) }
        guard let command = Command(rawValue: name) else {
            return .failure(CNIError(.invalidEnvironment, "unknown CNI_COMMAND: \(name)"), version: .current)
        }
        if command == .version { return version(invocation) }
        var version: SpecVersion?
        do throws(CNIError) {
            let environment = try Environment(invocation.environment, command)
            var invocation = invocation
            var network = try network(of: invocation, for: command)
            version = network.version
            try complete(&network, of: &invocation, for: command)
            return try run(environment, network, invocation)
        } catch {
            return .failure(
                error, version: version ?? invocation.delegation?.network.version ?? askedVersion(invocation))
        }
    }

    /// Answers VERSION in the version that was asked in (section 4, VERSION), regardless of the rest of stdin.
    private static func version(_ invocation: Invocation) -> Outcome {
        var answer: JSONObject = [
            "cniVersion": JSON(askedVersion(invocation)),
            "supportedVersions": .array(supportedVersions.map { JSON($0) }),
        ]
        if invocation.environment[PlanProtocol.variable] != nil {
            answer[PlanProtocol.key] = PlanProtocol.commands
        }
        return .success(.object(answer))
    }

    /// The version that a configuration is for, even if other parts of it are wrong; the newest if it does not say.
    private static func askedVersion(_ invocation: Invocation) -> SpecVersion {
        // Some runtimes send nothing.
        guard let document = try? JSON(parsing: invocation.input), let text = document["cniVersion"]?.string,
            let version = SpecVersion(text)
        else { return .current }
        return version
    }

    private static func requireSupport(
        of network: NetworkConfiguration, for command: Command
    ) throws(CNIError) {
        // As the reference plugins: "1.1" means nothing to them.
        let isWhole = network.versionText.isEmpty || network.versionText == network.version.description
        guard isWhole, supportedVersions.contains(network.version) else {
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

    private static func network(
        of invocation: Invocation, for command: Command
    ) throws(CNIError) -> NetworkConfiguration {
        let network: NetworkConfiguration
        if let delegation = invocation.delegation {
            network = delegation.network
        } else {
            network = try NetworkConfiguration(parsing: invocation.input)
        }
        try requireSupport(of: network, for: command)
        return network
    }

    /// Has the plugin complete the configuration, for itself and for those that it calls.
    private static func complete(
        _ network: inout NetworkConfiguration, of invocation: inout Invocation, for command: Command
    ) throws(CNIError) {
        guard let completed = try completed(network, for: command) else { return }
        network = completed
        invocation.input = Array(completed.raw.serialized().utf8)
    }

    private static func run(
        _ environment: Environment, _ network: NetworkConfiguration, _ invocation: Invocation
    ) throws(CNIError) -> Outcome {
        let plugin = Self()
        switch environment.command {
        case .version: break
        case .collect:
            try requireValidAttachments(network)
            switch readConfiguration(network) {
            case .success(let read): try plugin.collect(request(environment, network, invocation, read))
            case .failure(let error):
                try collect(unreadable: request(environment, network, invocation, ()), error)
            }
        case .status:
            let read = try configuration(from: network.raw)
            try plugin.status(request(environment, network, invocation, read))
        case .add:
            try requireResult(network)
            let read = try configuration(from: network.raw)
            let result = try plugin.add(attachmentRequest(environment, network, invocation, read))
            return .success(try result.json(version: network.version))
        case .check:
            try requireResult(network)
            let read = try configuration(from: network.raw)
            try plugin.check(attachmentRequest(environment, network, invocation, read))
        case .delete:
            switch readConfiguration(network) {
            case .success(let read):
                try plugin.delete(attachmentRequest(environment, network, invocation, read))
            case .failure(let error):
                try delete(unreadable: attachmentRequest(environment, network, invocation, ()), error)
            }
        }
        return .success()
    }

    /// A previous result that is none is a mistake of the configuration for every plugin, also for one that has no use
    /// for it.
    private static func requireResult(_ network: NetworkConfiguration) throws(CNIError) {
        do throws(CNIError) {
            _ = try network.previousResult
        } catch {
            throw CNIError(
                .invalidConfiguration, "could not parse prevResult", details: error.details ?? error.message)
        }
    }

    private static func readConfiguration(
        _ network: NetworkConfiguration
    ) -> Result<Configuration, CNIError> {
        do throws(CNIError) {
            return .success(try configuration(from: network.raw))
        } catch {
            return .failure(error)
        }
    }

    /// A list that is not there is not an empty one (section 2 of the specification, GC): all containers would lose
    /// their networks.
    private static func requireValidAttachments(_ network: NetworkConfiguration) throws(CNIError) {
        if network.validAttachments != nil { return }
        throw CNIError(
            .invalidConfiguration, "cni.dev/valid-attachments: GC needs the list of the attachments to keep")
    }

    private static func request<Read: Sendable>(
        _ environment: Environment, _ network: NetworkConfiguration, _ invocation: Invocation, _ read: Read
    ) throws(CNIError) -> NetworkRequest<Read> {
        NetworkRequest(
            command: environment.command, configuration: read, network: network,
            ipam: delegate(network, invocation), plugin: Self.name, recordPath: recordPath(invocation),
            invocation: invocation)
    }

    private static func attachmentRequest<Read: Sendable>(
        _ environment: Environment, _ network: NetworkConfiguration, _ invocation: Invocation, _ read: Read
    ) throws(CNIError) -> Request<Read> {
        guard let containerID = environment.containerID, let interface = environment.interface else {
            throw CNIError(.invalidEnvironment, "\(environment.command.rawValue) is about a container")
        }
        if !environment.allowsOwnNamespace, invocation.delegation == nil {
            try requireOtherNamespace(environment.namespacePath)
        }
        return Request(
            command: environment.command,
            attachment: Attachment(network: network.name, containerID: containerID, interface: interface),
            namespacePath: environment.namespacePath, arguments: environment.arguments,
            configuration: read, network: network, ipam: delegate(network, invocation),
            plugin: Self.name, recordPath: recordPath(invocation), invocation: invocation)
    }

    /// Where records are, if not in the usual place: for tests, and where /run is not ours to write.
    private static func recordPath(_ invocation: Invocation) -> String? {
        invocation.environment["SWIFT_CNI_RECORDS"].flatMap { $0.isEmpty ? nil : $0 }
    }

    private static func delegate(_ network: NetworkConfiguration, _ invocation: Invocation) -> Delegate? {
        network.ipamType.map {
            Delegate(
                type: $0, caller: Self.name, invocation: invocation, network: network, at: "ipam.type")
        }
    }

    /// What an invocation with ADD or DEL would do, without doing it.
    ///
    /// - Throws: What the invocation would throw before its first effect;
    ///   ``CNIError/Code/invalidEnvironment`` for other verbs.
    public static func plan(for invocation: Invocation) throws(CNIError) -> Plan {
        let name = invocation.environment["CNI_COMMAND"] ?? ""
        guard let command = Command(rawValue: name), command == .add || command == .delete else {
            throw CNIError(.invalidEnvironment, "only ADD and DEL can be planned, not \"\(name)\"")
        }
        let environment = try Environment(invocation.environment, command)
        var invocation = invocation
        var network = try network(of: invocation, for: command)
        try complete(&network, of: &invocation, for: command)
        let read = try configuration(from: network.raw)
        return try Self().plan(attachmentRequest(environment, network, invocation, read))
    }

    /// Brings an attachment back to its description, or says what that would take.
    ///
    /// - Parameter isRehearsal: Whether nothing is to be changed.
    static func repair(for invocation: Invocation, isRehearsal: Bool) throws(CNIError) -> Plan {
        let environment = try Environment(invocation.environment, .check)
        var invocation = invocation
        var network = try network(of: invocation, for: .check)
        try complete(&network, of: &invocation, for: .check)
        try requireResult(network)
        let read = try configuration(from: network.raw)
        return try Self().repair(
            attachmentRequest(environment, network, invocation, read), isRehearsal: isRehearsal)
    }

    /// A container that shares the host's namespace must not be attached: its deletion would take the host's
    /// interface apart.
    ///
    /// Checked before any effect.
    private static func requireOtherNamespace(_ path: String?) throws(CNIError) {
        guard let path, NetworkNamespace.isCurrent(path: path) else { return }
        throw CNIError(
            .invalidNetworkNamespace, "plugin's netns and netns from CNI_NETNS should not be the same",
            details: path)
    }
}
