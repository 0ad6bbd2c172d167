// SPDX-License-Identifier: Apache-2.0

extension String {
    /// As one word of a command line for sh(1), to be pasted.
    var quotedForShell: String {
        let isPlain =
            !isEmpty
            && unicodeScalars.allSatisfy { scalar in
                "0"..."9" ~= scalar || "a"..."z" ~= scalar || "A"..."Z" ~= scalar
                    || "/._-:=+,@%".unicodeScalars.contains(scalar)
            }
        if isPlain { return self }
        return "'" + split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
