// SPDX-License-Identifier: Apache-2.0

import CNIRuntime
import CNITesting
import Glibc
import LinuxCore
import Testing

/// A machine for the tool, in a temporary folder: networks, plugins that follow a script, a cache.
final class World: Sendable {
    let folder: TemporaryFolder

    var networks: String { "\(folder.path)/net.d" }
    var plugins: String { "\(folder.path)/bin" }
    var cache: String { "\(folder.path)/cache" }
    var script: String { "\(folder.path)/script" }

    /// - Parameter names: The plugins that are there.
    init(_ names: String...) throws {
        folder = try TemporaryFolder()
        for name in ["net.d", "bin", "script"] { try Directory.create("\(folder.path)/\(name)") }
        for name in names { #expect(symlink("\(Tool.products)/FakePlugin", "\(plugins)/\(name)") == 0) }
    }

    /// The tool's environment: nothing of the machine's own is reached by it.
    func environment(_ more: [String: String] = [:]) -> [String: String] {
        var variables = [
            "PATH": "/usr/bin:/bin", "FAKE_FOLDER": script, "NETCONFPATH": networks, "CNI_PATH": plugins,
            "LC_ALL": "C.UTF-8", "TERM": "xterm",
        ]
        if let libraries = getenv("LD_LIBRARY_PATH") {
            variables["LD_LIBRARY_PATH"] = String(cString: libraries)
        }
        return variables.merging(more) { $1 }
    }

    /// The words with the cache's place, which is never the machine's own.
    func words(_ words: [String]) -> [String] {
        let first = words.first ?? ""
        let hasNoCache = first.hasPrefix("-") || ["networks", "versions", "validate"].contains(first)
        return words + (hasNoCache ? [] : ["--cache-dir", cache])
    }

    /// Runs `cni` with words.
    func cni(
        _ words: String..., environment: [String: String] = [:], input: String = ""
    ) throws -> Tool.Outcome {
        try Tool.start(self.words(words), self.environment(environment), input: input).wait()
    }

    /// Writes a network's file: `<name>.conflist`.
    func configure(_ name: String, _ plugins: JSON..., version: String = "1.1.0", with more: JSONObject = [:])
        throws
    {
        var document: JSON = [
            "cniVersion": .string(version), "name": .string(name), "plugins": .array(plugins),
        ]
        for (key, value) in more { document[key] = value }
        try write("net.d/\(name).conflist", document.serialized(indent: 2))
    }

    func write(_ name: String, _ text: String) throws {
        try Directory.create(File.parent(of: "\(folder.path)/\(name)"))
        try File.replace("\(folder.path)/\(name)", Array(text.utf8), mode: 0o644)
    }

    /// Tells a plugin what to do for a verb.
    func play(_ plugin: String, _ command: Command, _ script: JSON) throws {
        try write("script/\(plugin).\(command.rawValue).json", script.serialized())
    }

    /// The calls of plugins so far, but for VERSION.
    func calls() throws -> [JSON] {
        guard let content = try? File.read("\(script)/log", limit: 1 << 26) else { return [] }
        return try content.split(separator: UInt8(ascii: "\n")).map { try JSON(parsing: Array($0)) }
            .filter { $0["event"]?.string == "begin" && $0["command"]?.string != "VERSION" }
    }

    /// The calls as `ADD a`, `DEL a` and so on.
    func story() throws -> [String] {
        try calls().map { "\($0["command"]?.string ?? "") \($0["plugin"]?.string ?? "")" }
    }
}

extension JSON {
    /// What a plugin's call had for a variable.
    func variable(_ name: String) -> String? {
        self["environment"]?.array?.compactMap(\.string).first { $0.hasPrefix("\(name)=") }
            .map { String($0.dropFirst(name.utf8.count + 1)) }
    }

    /// The configuration that a plugin's call had.
    var input: JSON { (try? JSON(parsing: self["input"]?.string ?? "")) ?? .null }

    var strings: [String] { array?.compactMap(\.string) ?? [] }
}

/// A network namespace that every process has.
let ownNamespace = "/proc/self/ns/net"
/// A path at which there is none.
let noNamespace = "/proc/self/ns/none"

extension World {
    /// What is in a file.
    func content(_ name: String) throws -> [UInt8] { try File.read("\(folder.path)/\(name)", limit: 1 << 26) }
}
