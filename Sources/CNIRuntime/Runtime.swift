// SPDX-License-Identifier: Apache-2.0

internal import LinuxCore
internal import Synchronization

/// Executes network configurations: what a container runtime does to attach containers to networks.
///
///     let folder = try ConfigurationFolder(reading: "/etc/cni/net.d")
///     let runtime = Runtime(pluginFolders: ["/opt/cni/bin"])
///     let request = try AttachmentRequest(containerID: "a1", namespacePath: "/run/netns/a1")
///     let result = try await runtime.add(folder.network(named: "net"), request)
///
/// Operations on one container are done one after the other and GC of a network alone, also among processes
/// that share the cache folder; everything else is done at the same time. What blocks is on threads of its own.
/// CNI specification 1.1.0, section 3.
public final class Runtime: Sendable {
    /// Gets what a plugin that succeeded wrote on its standard error; that of one that fails is in the error.
    public typealias DiagnosticsSink =
        @Sendable (_ plugin: String, _ command: Command, _ text: String) -> Void

    /// Where plugins are, in the order in which to look; plugins get them as CNI_PATH.
    public let pluginFolders: [String]
    /// The results of attachments.
    public let cache: ResultCache
    /// How long each plugin may run, each time; nil for as long as it likes.
    public let timeLimit: Duration?
    let environment: PluginEnvironment
    let executor: any PluginExecutor
    let sink: DiagnosticsSink
    let knownVersions = Mutex<[String: KnownVersions]>([:])

    /// Creates a runtime.
    ///
    /// - Parameters:
    ///   - environment: The variables that plugins get besides CNI's; this process's own if nil. Those whose
    ///     names start with `CNI_` are never passed on.
    ///   - executor: Finds and runs the plugins.
    ///   - diagnostics: Gets what plugins log.
    public init(
        pluginFolders: [String] = ["/opt/cni/bin"], cache: ResultCache = ResultCache(),
        timeLimit: Duration? = .seconds(120), environment: [String: String]? = nil,
        executor: any PluginExecutor = ProcessExecutor(),
        diagnostics: @escaping DiagnosticsSink = { _, _, _ in }
    ) {
        self.pluginFolders = pluginFolders
        self.cache = cache
        self.timeLimit = timeLimit
        self.environment = PluginEnvironment(environment ?? PluginEnvironment.ofProcess)
        self.executor = executor
        sink = diagnostics
    }

    /// The path of a plugin's executable.
    ///
    /// - Throws: ``RuntimeError/Reason/notFound``.
    public func path(ofPlugin type: String) throws(RuntimeError) -> String {
        try executor.find(type, in: pluginFolders)
    }
}
