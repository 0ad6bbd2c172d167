// SPDX-License-Identifier: Apache-2.0

package import LinuxCore

/// The plugins that are in the same executable, by name.
public struct Siblings: Sendable {
    private struct Sibling: Sendable {
        let plugin: any Plugin.Type

        var name: String { plugin.name }
    }

    /// Neither a dictionary nor metatypes alone, whose list the runtime would have to make a type for at every start.
    private var siblings: [Sibling] = []
    /// Which file the executable is; nil takes every plugin here for the one that CNI_PATH would find.
    package var executable: FileStatus.Identity?

    /// Creates an empty list: everything is executed.
    public init() {}

    /// Adds a plugin.
    public mutating func add(_ plugin: any Plugin.Type) { siblings.append(Sibling(plugin: plugin)) }

    /// The plugins, in the order in which they were added.
    public var all: [any Plugin.Type] { siblings.map { $0.plugin } }

    /// The names of the plugins, sorted.
    public var names: [String] { siblings.map { $0.name }.sorted() }

    /// The plugin of a name.
    public subscript(name: String) -> (any Plugin.Type)? {
        for sibling in siblings where sibling.name == name { return sibling.plugin }
        return nil
    }

    /// The plugin that a file is of which this is the content: of its name, or of the end of it behind a hyphen, as
    /// `cnv-bridge` is `bridge`; of several, that with the longest name.
    public func plugin(ofFile file: String) -> (any Plugin.Type)? {
        if let plugin = self[file] { return plugin }
        var found: Sibling?
        for sibling in siblings where file.hasSuffix("-\(sibling.name)") {
            if let found, found.name.utf8.count >= sibling.name.utf8.count { continue }
            found = sibling
        }
        return found?.plugin
    }

    /// The plugin of that name if the file that was found for it is this very executable.
    func plugin(_ name: String, in file: FileStatus.Identity) -> (any Plugin.Type)? {
        guard let executable else { return self[name] }
        return file == executable ? plugin(ofFile: name) : nil
    }
}
