// SPDX-License-Identifier: Apache-2.0

/// Rows of cells in columns that are as wide as they need to be.
struct Table {
    private let heads: [String]
    private var rows: [[StyledText]] = []

    init(_ heads: String...) { self.heads = heads }

    mutating func add(_ cells: StyledText...) { rows.append(cells) }

    func print(to console: Console = .output) {
        let all = [heads.map { StyledText($0, .bold) }] + rows
        let widths = heads.indices.map { column in
            all.reduce(0) { max($0, column < $1.count ? $1[column].columns : 0) }
        }
        for row in all {
            var line: StyledText = ""
            for (column, cell) in row.enumerated() {
                line += cell
                let isLast = column == row.count - 1
                if isLast { break }
                line += StyledText(String(repeating: " ", count: widths[column] - cell.columns + 2))
            }
            console.line(line)
        }
    }
}
