// SPDX-License-Identifier: Apache-2.0

internal import CNITypes

/// A document without the parts that are known to be wrong, and with right values in the place of some.
///
/// Paths are those of the document as it was.
struct RepairedDocument {
    private let original: JSON
    private(set) var removed: Set<JSONPath> = []
    private var grafts: [JSONPath: JSON] = [:]

    init(_ original: JSON) { self.original = original }

    mutating func remove(_ path: JSONPath) { removed.insert(path) }

    func without(_ path: JSONPath) -> RepairedDocument {
        var other = self
        other.remove(path)
        return other
    }

    /// The document with a value at the end of a way, to which there may be objects missing.
    func with(_ value: JSON, at path: JSONPath) -> RepairedDocument {
        var other = self
        other.grafts[path] = value
        return other
    }

    /// The document as it is now.
    var json: JSON {
        if removed.isEmpty && grafts.isEmpty { return original }
        var json = repaired(original, at: JSONPath())
        for (path, value) in grafts where json[path] == nil {
            json = Self.setting(value, at: path.steps[...], of: json)
        }
        return json
    }

    private func repaired(_ value: JSON, at path: JSONPath) -> JSON {
        switch value {
        case .object(let members):
            var kept = JSONObject()
            for (key, value) in members where !removed.contains(path.member(key)) {
                kept[key] = repaired(value, at: path.member(key))
            }
            for (place, value) in grafts where place.parent == path {
                if case .member(let key) = place.steps.last { kept[key] = value }
            }
            return .object(kept)
        case .array(let elements):
            return .array(
                elements.enumerated().compactMap { index, element in
                    let path = path.element(index)
                    return removed.contains(path) ? nil : repaired(element, at: path)
                })
        default: return value
        }
    }

    /// Makes what is missing on a way through objects; one through lists ends there.
    private static func setting(_ value: JSON, at steps: ArraySlice<JSONPath.Step>, of json: JSON) -> JSON {
        guard let step = steps.first else { return value }
        guard case .member(let name) = step else { return json }
        let key = json.spelling(of: name) ?? name
        var members = json.object ?? [:]
        members[key] = setting(value, at: steps.dropFirst(), of: members[key] ?? [:])
        return .object(members)
    }

    /// The way, in the document as it was, to what is at the end of a way in the document as it is.
    func originalPath(of path: JSONPath) -> JSONPath {
        path.steps.reduce(into: JSONPath()) { found, step in
            guard case .element(let position) = step else {
                found = found.appending(step)
                return
            }
            var index = 0
            var left = position
            while left > 0 || removed.contains(found.element(index)) {
                if !removed.contains(found.element(index)) { left -= 1 }
                index += 1
            }
            found = found.element(index)
        }
    }
}
