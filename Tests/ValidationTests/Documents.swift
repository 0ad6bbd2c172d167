// SPDX-License-Identifier: Apache-2.0

import CNITypes
import ReferencePlugins
import Validation

extension Validator {
    /// Of all plugins of this package.
    static let ours = Validator(plugins: ReferencePlugins.all)

    func diagnostics(of text: String) -> [Diagnostic] { diagnostics(of: Array(text.utf8)) }

    /// `SEVERITY PATH: MESSAGE`, without the places.
    func texts(_ json: JSON) -> [String] { diagnostics(of: json.serialized(indent: 2)).map(\.text) }
}

extension Diagnostic {
    var text: String {
        "\(severity.rawValue) \(path): \(message)" + (suggestion.map { " (\($0)?)" } ?? "")
    }
}

extension JSON {
    /// A list of plugins of which nothing is wrong but what is in them.
    static func list(_ plugins: JSON...) -> JSON {
        ["cniVersion": "1.1.0", "name": "pods", "plugins": .array(plugins)]
    }

    static func bridge(_ keys: JSON, ipam: JSON? = ["type": "host-local", "subnet": "10.88.0.0/16"]) -> JSON {
        var plugin = keys
        plugin["type"] = "bridge"
        plugin["ipam"] = ipam
        return plugin
    }

    /// The document with another value somewhere; `[]` stands for the first element of a list, which is made if
    /// it is not there.
    func setting(_ path: String, to value: JSON) -> JSON {
        let words = path.split(separator: ".").flatMap { word -> [String] in
            [String(word.prefix { $0 != "[" })] + word.filter { $0 == "[" }.map { _ in "[]" }
        }
        return setting(words[...], to: value)
    }

    private func setting(_ words: ArraySlice<String>, to value: JSON) -> JSON {
        guard let word = words.first else { return value }
        if word == "[]" {
            var elements = array ?? []
            if elements.isEmpty { elements.append(.null) }
            elements[0] = elements[0].setting(words.dropFirst(), to: value)
            return .array(elements)
        }
        var members = object ?? [:]
        members[word] = (members[word] ?? .null).setting(words.dropFirst(), to: value)
        return .object(members)
    }
}
