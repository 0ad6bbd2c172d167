// SPDX-License-Identifier: Apache-2.0

internal import CNITypes

/// The keys that a document may have, object by object.
///
/// An object of which no key is listed may have any.
struct KnownKeys {
    /// A key that nobody reads.
    struct Unknown {
        let path: JSONPath
        /// Looks for what was probably meant, which takes microseconds: only keys that are listed need it.
        let suggestion: () -> String?
    }

    /// The keys of each object, which goes by its own path with `[]` for elements.
    private var children: [String: [String]] = [:]
    private var open: Set<String> = []

    /// - Parameter open: The objects that may have other keys, too.
    init(_ paths: [String], open: Set<String> = []) {
        for path in paths {
            var parent = ""
            for word in path.split(separator: ".") {
                let name = String(word.prefix { $0 != "[" })
                if children[parent, default: []].contains(name) == false {
                    children[parent, default: []].append(name)
                }
                parent += parent.isEmpty ? String(word) : ".\(word)"
            }
        }
        self.open = open
    }

    /// The keys in a document that are not listed, with what was probably meant.
    func unknown(in value: JSON, at path: JSONPath = JSONPath(), _ pattern: String = "") -> [Unknown] {
        switch value {
        case .array(let elements):
            return elements.enumerated().flatMap { unknown(in: $1, at: path.element($0), "\(pattern)[]") }
        case .object(let members):
            guard let known = children[pattern], !open.contains(pattern) else { return [] }
            let spelling = Spelling(known)
            let names = Dictionary(known.map { ($0.lowercased(), $0) }) { first, _ in first }
            return members.keys.sorted().flatMap { key -> [Unknown] in
                // Those belong to runtimes and to people.
                if key.hasPrefix("cni.dev/") || key.hasPrefix("_") || key.hasPrefix("//") { return [] }
                guard let name = names[key.lowercased()] else {
                    return [Unknown(path: path.member(key)) { spelling.correction(of: key) }]
                }
                let next = pattern.isEmpty ? name : "\(pattern).\(name)"
                return unknown(in: members[key] ?? .null, at: path.member(key), next)
            }
        default: return []
        }
    }
}
