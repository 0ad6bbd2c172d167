// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

/// Small files that somebody else writes: passwords, tokens, configurations.
public enum TextFile {
    /// The largest file that is read, in bytes.
    private static let limit = 4 << 20

    /// The whole content of a file.
    ///
    /// - Throws: ``LeaseStoreError/Code/notConfigured`` with the path.
    public static func content(of path: String) throws(LeaseStoreError) -> [UInt8] {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path))
        } catch {
            throw LeaseStoreError(.notConfigured, "\(path): cannot be read")
        }
        guard data.count <= limit else { throw LeaseStoreError(.notConfigured, "\(path): too large") }
        return Array(data)
    }

    /// The first line of a file, without blanks at its end.
    ///
    /// - Throws: ``LeaseStoreError/Code/notConfigured`` with the path.
    public static func firstLine(of path: String) throws(LeaseStoreError) -> String {
        let line = try content(of: path).prefix { $0 != 10 }
        return String(decoding: line.reversed().drop { $0 <= 32 }.reversed(), as: UTF8.self)
    }
}
