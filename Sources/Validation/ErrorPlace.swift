// SPDX-License-Identifier: Apache-2.0

internal import CNITypes

/// The place that an error names, and the rest of its text.
struct ErrorPlace {
    /// The way to what the error is about, with the keys as the document spells them.
    let path: JSONPath
    /// Whether there is something.
    let isPresent: Bool
    let text: String

    /// Reads `ipam.ranges[0][1].subnet: missing`; nil if the error names no place in the document.
    init?(_ error: CNIError, in document: JSON) {
        var rest = Substring(error.message)
        // What was attempted may stand in front of the path.
        for _ in 0..<2 {
            guard let colon = rest.firstRange(of: ": ") else { break }
            let word = rest[..<colon.lowerBound]
            if !word.contains(" "), let (path, isPresent) = Self.resolve(word, in: document) {
                (self.path, self.isPresent) = (path, isPresent)
                let text = rest[colon.upperBound...]
                self.text = error.details.map { "\(text) (\($0))" } ?? String(text)
                return
            }
            rest = rest[colon.upperBound...]
        }
        guard let details = error.details, !details.contains(" "),
            let (path, isPresent) = Self.resolve(details[...], in: document)
        else { return nil }
        (self.path, self.isPresent, text) = (path, isPresent, error.message)
    }

    /// Follows a path into the document; its first key must be there.
    static func resolve(
        _ text: Substring, in document: JSON
    ) -> (path: JSONPath, isPresent: Bool)? {
        var path = JSONPath()
        var value = document
        var rest = text
        var isPresent = true
        while !rest.isEmpty {
            guard let (step, after) = nextStep(of: rest, in: value) else { return nil }
            let next = path.appending(JSONPath([step]))
            if let found = document[next] {
                value = found
            } else if path.steps.isEmpty {
                return nil
            } else {
                isPresent = false
                value = .null
            }
            path = next
            rest = after
        }
        return path.steps.isEmpty ? nil : (path, isPresent)
    }

    private static func nextStep(of text: Substring, in value: JSON) -> (JSONPath.Step, Substring)? {
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]"), let index = Int(text[..<end].dropFirst()) else {
                return nil
            }
            return (.element(index), text[text.index(after: end)...])
        }
        let text = text.first == "." ? text.dropFirst() : text
        // A key may have dots and brackets in it: the longest one that fits is meant.
        let candidates = (value.object ?? [:]).keys.filter { key in
            let rest = text.dropFirst(key.count)
            return text.prefix(key.count).lowercased() == key.lowercased()
                && (rest.isEmpty || rest.first == "." || rest.first == "[")
        }
        if let longest = candidates.max(by: { $0.count < $1.count }) {
            let spelling = value.spelling(of: String(text.prefix(longest.count))) ?? longest
            return (.member(spelling), text.dropFirst(longest.count))
        }
        let name = text.prefix { $0 != "." && $0 != "[" }
        return name.isEmpty ? nil : (.member(String(name)), text.dropFirst(name.count))
    }
}

extension Substring {
    fileprivate func firstRange(of separator: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(separator) {
                return start..<index(start, offsetBy: separator.count)
            }
            start = index(after: start)
        }
        return nil
    }
}
