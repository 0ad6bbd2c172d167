// SPDX-License-Identifier: Apache-2.0

internal import CNITypes

/// Finds all mistakes in a document with a reader that stops at the first one.
///
/// What the reader complains of is noted and left out, and the reader is asked again. What it then misses is
/// no mistake of its own.
struct MistakeSearch {
    struct Mistake: Hashable {
        let path: JSONPath
        let text: String
    }

    /// How often to ask: more mistakes than that nobody reads at once.
    private static let limit = 100

    private let check: (JSON) throws(CNIError) -> Void
    private let examples: [(pattern: String, value: JSON)]
    /// Members that a complaint without a place cannot be about.
    private let given: Set<String>
    private var document: RepairedDocument
    private var mistakes: [Mistake] = []

    /// Finds the mistakes in a document.
    ///
    /// - Parameters:
    ///   - given: Keys of the document that are not its author's.
    ///   - examples: Right values, by path with `[]` for elements.
    ///   - check: The reader.
    static func mistakes(
        in document: JSON, given: Set<String> = [], examples: [String: JSON] = [:],
        _ check: (JSON) throws(CNIError) -> Void
    ) -> [Mistake] {
        withoutActuallyEscaping(check) { check in
            var search = MistakeSearch(document, given, examples, check)
            search.run()
            return search.mistakes
        }
    }

    private init(
        _ document: JSON, _ given: Set<String>, _ examples: [String: JSON],
        _ check: @escaping (JSON) throws(CNIError) -> Void
    ) {
        self.check = check
        self.given = given
        self.examples = examples.sorted { $0.key < $1.key }.map { ($0.key.lowercased(), $0.value) }
        self.document = RepairedDocument(document)
    }

    private mutating func run() {
        guard document.json.object != nil else {
            if let error = complaint(about: document) { note(JSONPath(), error.description) }
            return
        }
        for _ in 0..<Self.limit {
            guard let error = complaint(about: document), handle(error) else { return }
        }
    }

    private func complaint(about document: RepairedDocument) -> CNIError? {
        do throws(CNIError) {
            try check(document.json)
            return nil
        } catch {
            return error
        }
    }

    /// Notes an error and repairs the document; false if that is not possible.
    private mutating func handle(_ error: CNIError) -> Bool {
        let now = document.json
        if let place = ErrorPlace(error, in: now) {
            let path = document.originalPath(of: place.path)
            if place.isPresent {
                note(path, place.text)
                document.remove(path)
                return true
            }
            if !isConsequence(error) { note(path, place.text) }
            if let repaired = exampleThatEnds(error, at: path)?.document {
                document = repaired
                return true
            }
            return removeNearest(to: place.path, in: now)
        }
        if let culprit = culprit(of: error, in: now) {
            note(culprit, error.description)
            document.remove(culprit)
            return true
        }
        if let example = exampleThatEnds(error) {
            if !isConsequence(error) { note(example.path, error.description) }
            document = example.document
            return true
        }
        if document.removed.isEmpty { note(JSONPath(), error.description) }
        return false
    }

    /// Leaves out what lacks something, for it cannot be completed.
    private mutating func removeNearest(to path: JSONPath, in now: JSON) -> Bool {
        var path = path
        while let parent = path.parent, !parent.isDocument {
            if now[parent] != nil {
                document.remove(document.originalPath(of: parent))
                return true
            }
            path = parent
        }
        return false
    }

    /// Notes a mistake, unless it is there only because of what was left out.
    private mutating func note(_ path: JSONPath, _ text: String) {
        let isOurDoing = document.removed.contains { removed in
            if path.isWithin(removed) { return true }
            guard let holder = removed.parent, !holder.isDocument else { return false }
            if path == holder { return true }
            // Its neighbours have other indices now, which the text may have.
            guard case .element = removed.last?.step else { return false }
            return path.isWithin(holder) && text.contains("[")
        }
        let mistake = Mistake(path: path, text: text)
        if !isOurDoing, !mistakes.contains(mistake) { mistakes.append(mistake) }
    }

    /// Whether an error would not be there if something that was left out were right.
    private func isConsequence(_ error: CNIError) -> Bool {
        document.removed.contains { path in
            examples.contains { pattern, value in
                pattern == path.pattern && complaint(about: document.with(value, at: path)) != error
            }
        }
    }

    /// The example that the reader misses, and the document with it; at `path`, if the error names one.
    private func exampleThatEnds(
        _ error: CNIError, at path: JSONPath? = nil
    ) -> (path: JSONPath, document: RepairedDocument)? {
        let now = document.json
        for (pattern, value) in examples {
            let place: JSONPath
            if let path {
                if path.pattern != pattern { continue }
                place = path
            } else {
                if pattern.contains("[") { continue }
                place = JSONPath(pattern.split(separator: ".").map { .member(String($0)) })
                if ErrorPlace.resolve(place, in: now)?.isPresent == true { continue }
            }
            let repaired = document.with(value, at: place)
            if complaint(about: repaired) != error { return (place, repaired) }
        }
        return nil
    }

    /// The member without which a complaint that names no place is not made, preferably one that it mentions.
    private func culprit(of error: CNIError, in now: JSON) -> JSONPath? {
        let keys = (now.object ?? [:]).keys.filter { !given.contains($0.lowercased()) }
        let ordered = keys.sorted { one, other in
            let mentions = (error.message.contains(one), error.message.contains(other))
            return mentions.0 == mentions.1 ? one < other : mentions.0
        }
        for key in ordered.prefix(Self.limit) {
            let path = JSONPath().member(key)
            if complaint(about: document.without(path)) != error { return path }
        }
        return nil
    }
}

extension JSONPath {
    /// The path as examples name it: without regard to letter case, and with `[]` for elements.
    fileprivate var pattern: String {
        steps.reduce(into: "") { text, step in
            switch step {
            case .member(let key): text += (text.isEmpty ? "" : ".") + key.lowercased()
            case .element: text += "[]"
            }
        }
    }
}
