// SPDX-License-Identifier: Apache-2.0

/// Makes lines of bytes that come in parts; looks at each byte once.
struct LineSplitter {
    private var bytes: [UInt8] = []
    /// Where the next line begins.
    private var start = 0
    /// How far there is no end of a line.
    private var searched = 0
    private let limit: Int

    /// Creates a splitter for lines up to a number of bytes.
    init(limit: Int) { self.limit = limit }

    /// Takes a part; false if what is there without an end has become too long.
    mutating func append(_ part: some Collection<UInt8>) -> Bool {
        bytes.removeFirst(start)
        searched -= start
        start = 0
        bytes += part
        return bytes.count <= limit
    }

    /// The next line that is whole, without its end.
    mutating func next() -> [UInt8]? {
        guard let end = bytes[searched...].firstIndex(of: 10) else {
            searched = bytes.count
            return nil
        }
        defer {
            start = end + 1
            searched = start
        }
        return Array(bytes[start..<end])
    }
}
