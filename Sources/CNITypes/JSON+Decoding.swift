// SPDX-License-Identifier: Apache-2.0

extension JSON {
    /// Decodes a type of Swift's from this value.
    ///
    /// Keys match exactly or else in any letter case, unknown keys are ignored, a `null` counts as absent
    /// for an optional, and integers must fit. What the specification or a plugin wants of a string
    /// belongs into a type whose `init(from:)` throws `DecodingError.dataCorrupted`: its text comes
    /// out with the place in the document in front.
    ///
    /// - Parameter path: where this value is in its document, such as `ipam`, for error messages.
    /// - Throws: ``CNIError/Code/invalidConfiguration``, as in
    ///   `ipam.ranges[0][1].subnet: expected a string, found a number`.
    public func decode<T: Decodable>(
        _ type: T.Type = T.self, at path: String = ""
    ) throws(CNIError) -> T {
        try decode(type, at: path, failingWith: .invalidConfiguration)
    }

    func decode<T: Decodable>(
        _ type: T.Type, at path: String, failingWith code: CNIError.Code
    ) throws(CNIError) -> T {
        do {
            return try JSONValueDecoder(value: self, path: .root(path)).decode(type)
        } catch let error as DecodingError {
            throw CNIError(code, error.message)
        } catch {
            throw CNIError(code, path.isEmpty ? "\(error)" : "\(path): \(error)")
        }
    }
}

extension DecodingError {
    /// The place in the document and what is wrong there.
    fileprivate var message: String {
        let (context, text): (Context, String)
        switch self {
        case .keyNotFound(let key, let found):
            let path = DocumentPath.text(found.codingPath + [key])
            return "\(path): missing"
        case .dataCorrupted(let found), .typeMismatch(_, let found), .valueNotFound(_, let found):
            (context, text) = (found, found.debugDescription)
        @unknown default:
            return "\(self)"
        }
        let path = DocumentPath.text(context.codingPath)
        return path.isEmpty ? text : "\(path): \(text)"
    }
}
