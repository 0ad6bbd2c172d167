// SPDX-License-Identifier: Apache-2.0

public import CNIPlugin
internal import LinuxCore

/// Finds everything that is wrong with a network configuration at once.
///
///     let validator = Validator(plugins: ReferencePlugins.all, pluginFolders: ["/opt/cni/bin"])
///     for diagnostic in validator.diagnostics(of: text) { print(diagnostic) }
///
/// The rules for all configurations are those of the CNI specification 1.1.0, section 1. The values of a
/// plugin's own keys are judged by the reader of that plugin; plugins without a checker keep their keys.
public struct Validator: Sendable {
    /// What is known of plugins.
    public var checkers: [ConfigurationChecker]
    /// The folders in which plugins should be; none to not look for them.
    public var pluginFolders: [String]

    /// Creates a validator.
    public init(checkers: [ConfigurationChecker], pluginFolders: [String] = []) {
        self.checkers = checkers
        self.pluginFolders = pluginFolders
    }

    /// Creates a validator that knows what plugins say of themselves.
    public init(plugins: Siblings, pluginFolders: [String] = []) {
        self.init(
            checkers: plugins.all.map { ConfigurationChecker($0) }, pluginFolders: pluginFolders)
    }

    /// What is wrong with a configuration list, or with a single plugin's configuration, in the order of the
    /// text.
    ///
    /// A document with `type` and without `plugins` is taken for a single plugin's.
    public func diagnostics(of text: [UInt8]) -> [Diagnostic] {
        let outline: JSONOutline
        let json: JSON
        do throws(JSONSyntaxError) {
            outline = try JSONOutline(parsing: text)
        } catch {
            return [.syntax(error)]
        }
        do throws(CNIError) {
            json = try JSON(parsing: text)
        } catch {
            return [.syntax(JSONSyntaxError(reason: error.message, position: nil))]
        }
        var report = Report(text: text, outline: outline)
        report.addRepeatedKeys()
        if json["plugins"] == nil, json["type"] != nil {
            examineSingle(json, &report)
        } else {
            examineList(json, &report)
        }
        return report.sorted
    }

    private func examineList(_ json: JSON, _ report: inout Report) {
        report.add(
            MistakeSearch.mistakes(in: json, examples: ["name": "network", "plugins": [["type": "none"]]]) {
                json throws(CNIError) in _ = try NetworkConfigurationList(json: json)
            })
        addVersionWarnings(json, &report)
        let unknown = KnownKeys(ListRules.keys).unknown(in: json.object.map { .object($0) } ?? .null)
        // Adding keys of one's own to a list does no harm; misspelling one does.
        report.add(unknown: unknown.filter { $0.suggestion() != nil })
        guard let key = json.spelling(of: "plugins") else {
            if json.object != nil {
                report.warn(
                    JSONPath().member("plugins"),
                    "missing: the network consists only of the files in the folder of its name")
            }
            return
        }
        for (index, plugin) in (json[key]?.array ?? []).enumerated() where plugin.object != nil {
            let path = JSONPath().member(key).element(index)
            examinePlugin(ListRules.executionConfiguration(of: plugin, in: json), plugin, at: path, &report)
        }
    }

    private func examineSingle(_ json: JSON, _ report: inout Report) {
        addVersionWarnings(json, &report)
        if ListRules.version(of: json) >= .v1_0_0 {
            report.warn(
                JSONPath().member("type"),
                "since CNI 1.0.0 a configuration is a list: put this plugin into \"plugins\"")
        }
        examinePlugin(json, json, at: JSONPath(), &report)
    }

    private func addVersionWarnings(_ json: JSON, _ report: inout Report) {
        for (path, text) in ListRules.versionWarnings(json) { report.warn(path, text) }
    }
}

extension Validator {
    /// Examines a plugin's configuration at its place in the document.
    private func examinePlugin(
        _ configuration: JSON, _ plugin: JSON, at path: JSONPath, _ report: inout Report
    ) {
        let isOwn = path.isDocument
        let given: Set<String> = isOwn ? ["type"] : ["cniversion", "name", "type"]
        report.add(
            MistakeSearch.mistakes(in: configuration, given: given, examples: ["name": "network"]) {
                json throws(CNIError) in _ = try NetworkConfiguration(json: json)
            }, at: path)
        let main = checker(plugin["type"])
        let ipam = checker(plugin["ipam"]?["type"])
        for checker in [main, ipam].compactMap({ $0 }) {
            let examples = checker.examples.merging(["name": "network"]) { own, _ in own }
            report.add(
                MistakeSearch.mistakes(in: configuration, given: given, examples: examples) {
                    json throws(CNIError) in
                    try checker.check(NetworkConfiguration(json: json))
                }, at: path)
            report.add(advice: checker, on: configuration, at: path)
        }
        report.add(unknown: PluginRules.unknownKeys(in: plugin, main, ipam), at: path)
        if let main { examineDelegate(of: main, configuration, plugin, at: path, &report) }
        report.add(
            unknown: PluginRules.unknownCapabilities(in: plugin), at: path,
            "no runtime knows this capability", others: "capabilities that no runtime knows")
        addMissingPlugins(plugin, at: path, &report)
    }

    /// Examines the part of a plugin's configuration that is another plugin's, as that one would see it.
    private func examineDelegate(
        of main: ConfigurationChecker, _ configuration: JSON, _ plugin: JSON, at path: JSONPath,
        _ report: inout Report
    ) {
        guard let network = try? NetworkConfiguration(json: configuration),
            let delegated = main.delegated(network), let checker = checker(.string(delegated.network.type)),
            let key = plugin.spelling(of: delegated.key), let section = plugin.object?[key],
            let members = section.object
        else { return }
        let place = path.appending(JSONPath().member(key))
        // What the plugin adds is not its author's.
        let given = (delegated.network.raw.object ?? [:]).keys.filter { members[$0] == nil }
        let examples = checker.examples.merging(["name": "network"]) { own, _ in own }
        report.add(
            MistakeSearch.mistakes(
                in: delegated.network.raw, given: Set(given.map { $0.lowercased() }), examples: examples
            ) { json throws(CNIError) in try checker.check(NetworkConfiguration(json: json)) }, at: place)
        report.add(advice: checker, on: delegated.network.raw, at: place)
        guard let keys = checker.keys else { return }
        report.add(unknown: KnownKeys(PluginRules.keys + keys).unknown(in: section), at: place)
    }

    private func checker(_ type: JSON?) -> ConfigurationChecker? {
        checkers.first { $0.type == type?.string }
    }

    private func addMissingPlugins(_ plugin: JSON, at path: JSONPath, _ report: inout Report) {
        if pluginFolders.isEmpty { return }
        for place in ["type", "ipam.type"] as [JSONPath] {
            guard let place = ErrorPlace.resolve(place, in: plugin),
                let type = plugin[place.path]?.string, !type.isEmpty, !type.contains("/")
            else { continue }
            if let file = FileSearch.first(type, in: pluginFolders), file.status.mode & 0o111 != 0 {
                continue
            }
            report.warn(
                path.appending(place.path),
                "no executable plugin \"\(type)\" in \(pluginFolders.joined(separator: ", "))")
        }
    }
}
