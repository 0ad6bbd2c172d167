// SPDX-License-Identifier: Apache-2.0

internal import CNITypes

/// Where the lines of a text begin, so that each of many places is found without reading the text again.
struct LineStarts: Sendable {
    /// Offsets in bytes from 0 on, ascending; the first is 0.
    private let starts: [Int]
    private let count: Int

    init(_ text: [UInt8]) {
        var starts = [0]
        for (index, byte) in text.enumerated() where byte == 0x0a { starts.append(index + 1) }
        self.starts = starts
        count = text.count
    }

    /// The place of the byte number `offset`, counted from 0.
    func position(of offset: Int) -> TextPosition {
        let offset = min(offset, count)
        var (low, high) = (0, starts.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= offset { low = middle } else { high = middle }
        }
        return TextPosition(line: low + 1, column: offset - starts[low] + 1)
    }

    /// The bytes of a line, without the newline; nil for one that there is not.
    func range(ofLine number: Int) -> Range<Int>? {
        guard starts.indices.contains(number - 1) else { return nil }
        return starts[number - 1]..<(number < starts.count ? starts[number] - 1 : count)
    }
}
