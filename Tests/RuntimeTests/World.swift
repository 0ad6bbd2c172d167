// SPDX-License-Identifier: Apache-2.0

import CNIRuntime
import CNITesting
import Foundation
import Glibc
import LinuxCore
import Testing

/// Where the package's build has put the executables.
enum Products {
    static let folder = Bundle.module.bundleURL.deletingLastPathComponent().path()
    static let fake = "\(folder)/FakePlugin"
    static let fixtures = Bundle.module.bundleURL.appending(path: "Fixtures").path()
}

/// A host for a runtime, in a temporary folder: plugins that follow a script, a log of their calls, a cache.
final class World: Sendable {
    let folder: TemporaryFolder
    let cache: ResultCache

    var plugins: String { "\(folder.path)/bin" }
    var script: String { "\(folder.path)/script" }

    /// - Parameter names: The plugins that are there.
    init(_ names: String...) throws {
        folder = try TemporaryFolder()
        cache = ResultCache(directory: "\(folder.path)/cache")
        for name in ["bin", "script"] { try Directory.create("\(folder.path)/\(name)") }
        for name in names { #expect(symlink(Products.fake, "\(plugins)/\(name)") == 0) }
    }

    /// The variables of the runtime's own environment.
    func environment(_ more: [String: String] = [:]) -> [String: String] {
        var variables = ["PATH": "/usr/bin:/bin", "FAKE_FOLDER": script]
        if let libraries = getenv("LD_LIBRARY_PATH") {
            variables["LD_LIBRARY_PATH"] = String(cString: libraries)
        }
        return variables.merging(more) { $1 }
    }

    func runtime(
        timeLimit: Duration? = .seconds(300), environment: [String: String] = [:],
        diagnostics: @escaping Runtime.DiagnosticsSink = { _, _, _ in }
    ) -> Runtime {
        Runtime(
            pluginFolders: [plugins], cache: cache, timeLimit: timeLimit,
            environment: self.environment(environment), diagnostics: diagnostics)
    }

    /// Tells a plugin what to do for a verb.
    func play(_ plugin: String, _ command: Command, _ script: JSON) throws {
        try File.replace(
            "\(self.script)/\(plugin).\(command.rawValue).json", Array(script.serialized().utf8), mode: 0o600)
    }

    /// Has a plugin do as usual again.
    func playNothing(_ plugin: String, _ command: Command) throws {
        try File.remove("\(script)/\(plugin).\(command.rawValue).json")
    }

    /// A call that a plugin wrote down.
    struct Call {
        let line: JSON

        var event: String { line["event"]?.string ?? "" }
        var plugin: String { line["plugin"]?.string ?? "" }
        var command: String { line["command"]?.string ?? "" }
        var container: String { line["container"]?.string ?? "" }
        /// The configuration.
        var input: JSON { (try? JSON(parsing: line["input"]?.string ?? "")) ?? .null }
        var inputText: String { line["input"]?.string ?? "" }
        var lines: [String] { (line["environment"]?.array ?? []).compactMap(\.string) }

        subscript(variable: String) -> String? {
            lines.first { $0.hasPrefix("\(variable)=") }.map { String($0.dropFirst(variable.utf8.count + 1)) }
        }
    }

    /// What happened, in order: the begin and the end of every call.
    func events() throws -> [Call] {
        guard let content = try? File.read("\(script)/log", limit: 1 << 26) else { return [] }
        return try content.split(separator: UInt8(ascii: "\n")).map {
            Call(line: try JSON(parsing: Array($0)))
        }
    }

    /// The calls since `clear`, but for VERSION.
    func calls(_ command: Command? = nil) throws -> [Call] {
        try events().filter {
            $0.event == "begin" && $0.command != "VERSION"
                && (command == nil || $0.command == command?.rawValue)
        }
    }

    /// The calls as `ADD a`, `DEL a` and so on.
    func story() throws -> [String] { try calls().map { "\($0.command) \($0.plugin)" } }

    func clear() throws { try File.remove("\(script)/log") }
}

/// A network of plugins without anything special.
func network(
    _ plugins: [JSON], name: String = "net", version: String = "1.1.0", _ members: JSONObject = [:]
) throws -> NetworkConfigurationList {
    var document: JSON = [
        "cniVersion": .string(version), "name": .string(name), "plugins": .array(plugins),
    ]
    for (key, value) in members { document[key] = value }
    return try NetworkConfigurationList(json: document)
}

func network(_ types: String..., name: String = "net", version: String = "1.1.0") throws
    -> NetworkConfigurationList
{
    try network(types.map { ["type": .string($0)] }, name: name, version: version)
}

func request(_ container: String = "c1", _ interface: String = "eth0") throws -> AttachmentRequest {
    try AttachmentRequest(containerID: container, namespacePath: "/proc/self/ns/net", interface: interface)
}

/// The error of an operation that has to fail.
func failure(_ body: () async throws -> Void) async throws -> RuntimeError {
    do {
        try await body()
    } catch let error as RuntimeError {
        return error
    }
    Issue.record("succeeded")
    throw CancellationError()
}
