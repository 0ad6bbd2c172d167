// SPDX-License-Identifier: Apache-2.0

public import CNITypes
internal import LinuxCore

/// A configuration's text with its path, to show where in it something is wrong.
public struct SourceText: Sendable {
    /// The file.
    public let path: String
    /// Its content.
    public let bytes: [UInt8]

    /// Takes a text that is read already.
    public init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
    }

    /// Reads a file of at most 4 MiB, or a pipe: a person names it, as `/dev/stdin` and `<(jq …)`.
    ///
    /// - Throws: ``CNIError/Code/ioFailure`` for one that cannot be read.
    public init(reading path: String) throws(CNIError) {
        do throws(SystemError) {
            self.init(path: path, bytes: try File.readStream(path, limit: 4 << 20))
        } catch {
            throw CNIError(.ioFailure, error.description)
        }
    }

    /// The line of a place, and how many of its characters are before the place; nil for a place that is not in the
    /// text.
    ///
    /// Bytes that are not UTF-8 count as U+FFFD.
    public func line(at position: TextPosition) -> (text: String, offset: Int)? {
        let lines = bytes.split(separator: 0x0a, omittingEmptySubsequences: false)
        guard lines.indices.contains(position.line - 1) else { return nil }
        let line = lines[position.line - 1]
        let before = String(decoding: line.prefix(position.column - 1), as: UTF8.self)
        return (String(decoding: line, as: UTF8.self), before.unicodeScalars.count)
    }
}
