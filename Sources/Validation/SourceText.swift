// SPDX-License-Identifier: Apache-2.0

public import CNITypes
internal import LinuxCore

/// A configuration's text with its path, to show where in it something is wrong.
public struct SourceText: Sendable {
    /// The file.
    public let path: String
    /// Its content.
    public let bytes: [UInt8]
    private let lines: LineStarts

    /// How many bytes on each side of a place are shown of a line.
    private static let reach = 1024

    /// Takes a text that is read already.
    public init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
        lines = LineStarts(bytes)
    }

    /// Reads a file of at most 4 MiB, or a pipe: a person names it, as `/dev/stdin` and `<(jq …)`.
    ///
    /// - Throws: ``CNIError/Code/ioFailure`` for one that cannot be read.
    public init(reading path: String) throws(CNIError) {
        let bytes = try CNIError.wrapping { () throws(SystemError) in
            try File.readStream(path, limit: 4 << 20)
        }
        self.init(path: path, bytes: bytes)
    }

    /// The line of a place, and how many of its characters are before the place; nil for a place that is not in the
    /// text.
    ///
    /// Of a line of many thousand bytes it is what is around the place.
    ///
    /// Bytes that are not UTF-8 count as U+FFFD.
    public func line(at position: TextPosition) -> (text: String, offset: Int)? {
        guard let line = lines.range(ofLine: position.line) else { return nil }
        let place = min(line.lowerBound + position.column - 1, line.upperBound)
        let start = boundary(max(line.lowerBound, place - Self.reach), in: line)
        let end = boundary(min(line.upperBound, place + Self.reach), in: line)
        let before = String(decoding: bytes[start..<max(start, place)], as: UTF8.self)
        return (String(decoding: bytes[start..<end], as: UTF8.self), before.unicodeScalars.count)
    }

    /// Where a character begins, at a place in a line or shortly behind it.
    private func boundary(_ place: Int, in line: Range<Int>) -> Int {
        var place = place
        while place > line.lowerBound, place < line.upperBound, bytes[place] & 0xc0 == 0x80 { place += 1 }
        return place
    }
}
