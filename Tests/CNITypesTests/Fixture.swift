// SPDX-License-Identifier: Apache-2.0

import CNITypes
import Foundation
import Testing

/// A folder with an `input.json` and either the `expected.json` or the `error.json` that comes of it.
struct Fixture: CustomTestStringConvertible {
    let suite: String
    let name: String
    /// The bytes, which need not be JSON.
    let input: [UInt8]
    let expected: JSON?
    let error: JSON?

    var testDescription: String { "\(suite)/\(name)" }

    /// All cases of a suite, in order.
    static func all(_ suite: String) throws -> [Fixture] {
        let folder = try #require(Bundle.module.resourceURL).appending(path: "Fixtures/\(suite)")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path()).sorted()
        let fixtures = try names.map { try Fixture(suite, $0, in: folder) }
        try #require(!fixtures.isEmpty)
        return fixtures
    }

    private init(_ suite: String, _ name: String, in folder: URL) throws {
        let folder = folder.appending(path: name)
        self.suite = suite
        self.name = name
        input = Array(try Data(contentsOf: folder.appending(path: "input.json")))
        expected = try Self.json(folder.appending(path: "expected.json"))
        error = try Self.json(folder.appending(path: "error.json"))
        try #require((expected == nil) != (error == nil), "\(suite)/\(name) needs exactly one outcome")
    }

    private static func json(_ file: URL) throws -> JSON? {
        guard FileManager.default.fileExists(atPath: file.path()) else { return nil }
        return try JSON(parsing: Array(Data(contentsOf: file)))
    }

    /// Compares what `body` makes of the input with what the folder says; keys of `null` do not count.
    func check(_ body: ([UInt8]) throws -> [String: JSON?]) throws {
        do {
            let outcome = JSON.object(JSONObject(try body(input).compactMapValues(\.self)))
            let expected = try #require(expected, "expected an error, got \(outcome.serialized())")
            #expect(outcome == expected, "\(outcome.serialized(indent: 2))")
        } catch let found as CNIError {
            let error = try #require(error, "unexpected error: \(found)")
            #expect(JSON(found.code.rawValue) == error["code"], "\(found)")
            #expect(found.details == error["details"]?.string)
            // A `*` stands for the parser's own words.
            let message = error["msg"]?.string ?? ""
            if message.hasSuffix("*") {
                #expect(
                    found.message.hasPrefix(message.dropLast()) && found.message.count > message.count + 5)
            } else {
                #expect(found.message == message)
            }
        }
    }
}
