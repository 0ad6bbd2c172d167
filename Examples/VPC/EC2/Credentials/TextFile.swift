// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

/// Small files that somebody else writes: tokens, configurations.
enum TextFile {
    /// The largest file that is taken, in bytes.
    private static let limit = 1 << 20

    /// The content of a file; nil if there is none.
    static func contentIfThere(_ path: String) throws(CredentialsError) -> String? {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path))
        } catch let error as CocoaError where error.code == .fileReadNoSuchFile {
            return nil
        } catch {
            throw CredentialsError("\(path): cannot be read")
        }
        guard data.count <= limit else { throw CredentialsError("\(path): larger than 1 MiB") }
        return String(decoding: data, as: UTF8.self)
    }

    /// A token: the content of a file without blanks and line ends around it.
    static func token(_ path: String) throws(CredentialsError) -> String {
        guard let text = try contentIfThere(path) else { throw CredentialsError("\(path): does not exist") }
        let blank: (UInt8) -> Bool = { $0 <= 0x20 }
        let bytes = text.utf8.drop(while: blank).reversed().drop(while: blank).reversed()
        guard !bytes.isEmpty, bytes.allSatisfy({ 0x21...0x7e ~= $0 }) else {
            throw CredentialsError("\(path): no token in one line")
        }
        return String(decoding: Array(bytes), as: UTF8.self)
    }
}
