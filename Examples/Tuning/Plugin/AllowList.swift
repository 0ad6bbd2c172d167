// SPDX-License-Identifier: Apache-2.0

package import CNIPlugin
internal import Glibc
internal import LinuxCore

/// The kernel settings that a node's administrator lets configurations change: extended regular expressions, one a line, of
/// which one has to match the key as the configuration has it.
package struct AllowList {
    /// Where the list is.
    static let path = "/etc/cni/tuning/allowlist.conf"

    private let patterns: [String]

    /// Reads a list; lines without anything say nothing.
    package init(_ text: String) {
        patterns = text.split(separator: "\n").map(String.init).filter { line in
            line.utf8.contains { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
        }
    }

    /// The node's list; nil if there is none, and everything is allowed.
    static func ofNode() throws(CNIError) -> AllowList? {
        do throws(SystemError) {
            return AllowList(String(decoding: try File.read(path), as: UTF8.self))
        } catch  where error.meansNoFile {
            return nil
        } catch {
            throw CNIError(.ioFailure, "\(error)")
        }
    }

    /// Whether a key may be set.
    package func allows(_ key: String) throws(CNIError) -> Bool {
        for pattern in patterns {
            var expression = regex_t()
            guard regcomp(&expression, pattern, CInt(REG_EXTENDED) | CInt(REG_NOSUB)) == 0 else {
                throw CNIError(
                    .invalidConfiguration, "\(Self.path): \"\(pattern)\" is no regular expression")
            }
            defer { regfree(&expression) }
            if regexec(&expression, key, 0, nil, 0) == 0 { return true }
        }
        return false
    }
}
