// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import Glibc
internal import Synchronization

/// The standard output or the standard error.
struct Console {
    static let output = Console(descriptor: STDOUT_FILENO)
    static let error = Console(descriptor: STDERR_FILENO)

    private let descriptor: CInt
    /// Whether a person is at the other end.
    let isTerminal: Bool
    let isColored: Bool

    private init(descriptor: CInt) {
        self.descriptor = descriptor
        isTerminal = isatty(descriptor) == 1
        // https://no-color.org: set and not empty, regardless of the value.
        isColored = isTerminal && variable("NO_COLOR") == nil && variable("TERM") != "dumb"
    }

    func line(_ text: StyledText = "") { write(text.text(isColored: isColored) + "\n") }

    /// Prints a document; only ASCII's control characters are escaped in all JSON, others are here.
    func document(_ json: JSON, indent: Int = 2) {
        var text = ""
        for scalar in json.serialized(indent: indent).unicodeScalars {
            if scalar != "\n", scalar.steersTerminals {
                text += scalar.jsonEscape
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        write(text + "\n")
    }

    /// Writes a text as it is; who does not read it any more is not told.
    func write(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let written: Int
            do throws(Failure) {
                written = try systemCall("cannot write to the standard output") {
                    rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
                }
            } catch {
                if descriptor == STDOUT_FILENO { Self.outputFailure.withLock { $0 = $0 ?? error } }
                return
            }
            rest = rest.dropFirst(written)
        }
    }

    private static let outputFailure = Mutex<Failure?>(nil)

    /// Throws if something that was to be printed could not be: what nobody has read is no success.
    static func requireOutput() throws(Failure) {
        if let failure = outputFailure.withLock({ $0 }) { throw failure }
    }

    /// The number of columns: COLUMNS, else what the terminal has, else nil.
    var columns: Int? {
        if let columns = variable("COLUMNS").flatMap(Int.init), columns > 0 { return columns }
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }
}

/// Tells a user who is not root, and a person, that there is more to see.
func hintAtRoot() {
    if !isRoot { Console.error.line("\("hint:", .yellow) only root sees everything: try sudo") }
}

extension Unicode.Scalar {
    fileprivate var jsonEscape: String {
        String(self).utf16.map { unit in
            let digits = String(unit, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }.joined()
    }
}
