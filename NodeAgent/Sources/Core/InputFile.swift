// SPDX-License-Identifier: Apache-2.0

internal import LinuxCore

/// Small files that an operator or Kubernetes writes and an agent only reads: passwords, tokens, configurations.
public enum InputFile {
    /// The largest file that is read, in bytes.
    private static let limit = 4 << 20

    /// The whole content of a file.
    ///
    /// - Throws: ``AgentError/Code/notConfigured`` with the path and the reason.
    public static func content(of path: String) throws(AgentError) -> [UInt8] {
        do throws(SystemError) {
            return try RegularFile.read(path, limit: limit)
        } catch {
            let reason = SystemError.text(of: error.errno)
            throw AgentError(.notConfigured, "\(path): cannot be read: \(reason)")
        }
    }

    /// The first line of a file, without blanks at its end.
    ///
    /// - Throws: ``AgentError/Code/notConfigured`` with the path and the reason.
    public static func firstLine(of path: String) throws(AgentError) -> String {
        let line = try content(of: path).prefix { $0 != 10 }
        return String(decoding: line.reversed().drop { $0 <= 32 }.reversed(), as: UTF8.self)
    }
}
