// SPDX-License-Identifier: Apache-2.0

internal import CNITypes

/// The place in a document that an error is about, and the rest of its text.
struct ErrorPlace {
    /// The way to it, with the keys as the document spells them.
    let path: JSONPath
    /// Whether there is something.
    let isPresent: Bool
    let text: String

    /// nil if the error names no place in the document.
    init?(_ error: CNIError, in document: JSON) {
        guard let place = error.place, let (path, isPresent) = Self.resolve(place, in: document) else {
            return nil
        }
        (self.path, self.isPresent) = (path, isPresent)
        let details = error.details == place.description ? nil : error.details
        text = details.map { "\(error.reason) (\($0))" } ?? error.reason
    }

    /// Follows a path into the document; its first key must be there.
    static func resolve(_ place: JSONPath, in document: JSON) -> (path: JSONPath, isPresent: Bool)? {
        var path = JSONPath()
        var value = document
        var isPresent = true
        for step in place.steps {
            let spelt = spelling(of: step, in: value)
            if let found = value[JSONPath([spelt])] {
                value = found
            } else if path.isDocument {
                return nil
            } else {
                isPresent = false
                value = .null
            }
            path = path.appending(spelt)
        }
        return path.isDocument ? nil : (path, isPresent)
    }

    private static func spelling(of step: JSONPath.Step, in value: JSON) -> JSONPath.Step {
        guard case .member(let key) = step else { return step }
        return .member(value.spelling(of: key) ?? key)
    }
}
