// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A line on the terminal that says what is going on; nothing where there is no terminal.
struct Progress: Sendable {
    private let isShown: Bool

    /// - Parameter isWanted: Not by programs, which read JSON.
    init(_ isWanted: Bool = true) {
        isShown = isWanted && Console.error.isTerminal && variable("TERM") != "dumb"
    }

    /// Replaces the line.
    func show(_ text: String) {
        guard isShown else { return }
        let columns = (Console.error.columns ?? 80) - 1
        Console.error.write("\r\u{1b}[K" + String(text.printable.unicodeScalars.prefix(columns)))
    }

    /// Takes the line away.
    func end() {
        if isShown { Console.error.write("\r\u{1b}[K") }
    }
}
