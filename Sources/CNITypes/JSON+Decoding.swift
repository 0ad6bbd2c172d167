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
        _ type: T.Type = T.self, at path: JSONPath = JSONPath()
    ) throws(CNIError) -> T {
        try decode(type, at: path, failingWith: .invalidConfiguration)
    }

    func decode<T: Decodable>(
        _ type: T.Type, at path: JSONPath, failingWith code: CNIError.Code
    ) throws(CNIError) -> T {
        do {
            return try JSONValueDecoder(value: self, path: path).decode(type)
        } catch let error as DecodingError {
            throw CNIError(code, error)
        } catch {
            throw CNIError(code, at: path, "\(error)")
        }
    }
}

extension CNIError {
    fileprivate init(_ code: Code, _ error: DecodingError) {
        switch error {
        case .keyNotFound(let key, let context):
            self.init(code, at: JSONPath(context.codingPath + [key]), "missing")
        case .dataCorrupted(let context), .typeMismatch(_, let context), .valueNotFound(_, let context):
            self.init(code, at: JSONPath(context.codingPath), context.debugDescription)
        @unknown default:
            self.init(code, "\(error)")
        }
    }
}
