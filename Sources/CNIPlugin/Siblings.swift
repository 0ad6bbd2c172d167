// SPDX-License-Identifier: Apache-2.0

package import LinuxCore

/// The plugins that are in the same executable, by name.
public struct Siblings: Sendable {
    private struct Sibling: Sendable {
        let name: String
        let run: @Sendable (Invocation) -> Outcome
        let plan: @Sendable (Invocation) throws(CNIError) -> Plan
    }

    /// Neither a dictionary nor tuples, whose types the runtime would have to make at every start.
    private var plugins: [Sibling] = []
    /// Which file the executable is; nil takes every plugin here for the one that CNI_PATH would find.
    package var executable: FileStatus.Identity?

    /// Creates an empty list: everything is executed.
    public init() {}

    /// Adds a plugin.
    public mutating func add<SomePlugin: Plugin>(_ plugin: SomePlugin.Type) {
        plugins.append(
            Sibling(
                name: SomePlugin.name, run: { SomePlugin.respond(to: $0) },
                plan: { invocation throws(CNIError) in try SomePlugin.plan(for: invocation) }))
    }

    /// The names of the plugins, sorted.
    public var names: [String] { plugins.map(\.name).sorted() }

    /// The plugin that `name` stands for.
    public func plugin(_ name: String) -> (@Sendable (Invocation) -> Outcome)? {
        plugins.first { $0.name == name }?.run
    }

    /// What the plugin of that name would do with an ADD or a DEL; nil if it is not here.
    public func plan(_ name: String, _ invocation: Invocation) throws(CNIError) -> Plan? {
        try plugins.first { $0.name == name }?.plan(invocation)
    }

    /// The plugin of that name if the file at `path` is this very executable.
    func plugin(_ name: String, at path: String) -> (@Sendable (Invocation) -> Outcome)? {
        guard let plugin = plugin(name) else { return nil }
        guard let executable else { return plugin }
        do throws(SystemError) {
            return try FileStatus(of: path).identity == executable ? plugin : nil
        } catch {
            return nil
        }
    }
}
