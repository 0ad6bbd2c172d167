// SPDX-License-Identifier: Apache-2.0

internal import CLinuxShims

/// The command line that started the process.
///
/// Swift's `CommandLine` reads it from /proc, and is empty where there is none.
package enum Arguments {
    /// The words, the program's name first.
    package static var all: [String] {
        var words: [String] = []
        while let word = swift_cni_argument(CInt(words.count)) { words.append(String(cString: word)) }
        return words
    }
}
