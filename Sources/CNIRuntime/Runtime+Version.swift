// SPDX-License-Identifier: Apache-2.0

internal import LinuxCore
internal import Synchronization

/// What an executable answered to VERSION, as long as it is the same file.
struct KnownVersions {
    var file: FileStatus
    var versions: [SpecVersion]
}

extension Runtime {
    /// Asks a plugin which versions of the specification it speaks, in ascending order (VERSION).
    ///
    /// One that does not know VERSION speaks 0.1.0.
    public func versions(ofPlugin type: String) async throws(RuntimeError) -> [SpecVersion] {
        let path = try path(ofPlugin: type)
        // The first plugins wanted to have all variables before they looked at the verb.
        var variables = environment.variables(.version, folders: ["dummy"])
        for name in ["CNI_CONTAINERID", "CNI_NETNS", "CNI_IFNAME"] { variables[name] = "dummy" }
        let call = PluginCall(
            plugin: type, path: path, command: .version, environment: variables,
            input: Array((["cniVersion": JSON(.current)] as JSON).serialized().utf8), timeLimit: timeLimit)
        let answer: JSON
        do throws(RuntimeError) {
            answer = try await perform(call) ?? .null
        } catch  where error.reason == .refused && error.error.message == "unknown CNI_COMMAND: VERSION" {
            return [.v0_1_0]
        }
        do throws(CNIError) {
            return try Self.versions(in: answer)
        } catch {
            throw RuntimeError(.badAnswer, error, command: .version, plugin: type, exitStatus: 0)
        }
    }

    private static func versions(in answer: JSON) throws(CNIError) -> [SpecVersion] {
        let cursor = JSONCursor(answer, failingWith: .decodingFailure)
        let own = try cursor["cniVersion"].required(cursor["cniVersion"].nonEmptyText())
        if cursor["supportedVersions"].isAbsent, own == "0.2.0" { return [.v0_1_0, .v0_2_0] }
        _ = try cursor["supportedVersions"].required(cursor["supportedVersions"].present)
        var versions: Set<SpecVersion> = []
        for element in try cursor["supportedVersions"].elements() {
            versions.insert(try element.required(element.parsed("a version") { SpecVersion($0) }))
        }
        return versions.sorted()
    }

    /// The version in which a network's plugins are called: the newest that it offers, and that this module and all
    /// plugins know.
    ///
    /// Plugins are asked only if the network offers more than one; one that cannot be asked has no say.
    ///
    /// - Throws: ``RuntimeError/Reason/invalid``, with ``CNIError/Code/incompatibleVersion``, if there is none.
    public func version(of network: NetworkConfigurationList) async throws(RuntimeError) -> SpecVersion {
        var candidates = network.versions.filter { SpecVersion.all.contains($0) }
        if candidates.count > 1 {
            for type in network.pluginTypes where candidates.count > 1 {
                guard let supported = await rememberedVersions(ofPlugin: type) else { continue }
                candidates.removeAll { !supported.contains($0) }
            }
        }
        if let version = candidates.max() { return version }
        let offered = network.versions.map(\.description).joined(separator: ", ")
        throw RuntimeError(
            .invalid,
            CNIError(
                .incompatibleVersion, "incompatible CNI versions",
                details: "the configuration is for \(offered), of which there is none that all plugins know"),
            network: network.name.rawValue)
    }

    /// The versions of a plugin, asked once for each state of its file; nil if it cannot be asked.
    func rememberedVersions(ofPlugin type: String) async -> [SpecVersion]? {
        guard let path = try? path(ofPlugin: type) else { return nil }
        let file = try? FileStatus(of: path)
        let known = knownVersions.withLock { $0[path] }
        if let known, known.file == file { return known.versions }
        guard let versions = try? await versions(ofPlugin: type) else { return nil }
        if let file {
            knownVersions.withLock { $0[path] = KnownVersions(file: file, versions: versions) }
        }
        return versions
    }
}
