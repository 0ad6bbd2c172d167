// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import LinuxCore

/// A new folder that goes, with what is in it, when its owner does.
public final class TemporaryFolder: Sendable {
    /// The folder's absolute path.
    public let path: String

    /// Creates an empty folder below /tmp, for the owner only.
    public init() throws {
        var template = Array("/tmp/cni-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw SystemError(operation: "create a temporary folder", errno: errno)
        }
        path = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    }

    deinit { Self.remove(path) }

    /// The files below the folder with their content, one `PATH: CONTENT` a line, sorted.
    ///
    /// - Parameter isIncluded: Told the path below the folder; false leaves a file out.
    public func files(where isIncluded: (String) -> Bool = { _ in true }) -> [String] {
        Self.paths(below: path).sorted().compactMap { file in
            let name = String(file.dropFirst(path.utf8.count + 1))
            guard isIncluded(name) else { return nil }
            let content = (try? File.read(file)) ?? []
            return "\(name): \(String(decoding: content, as: UTF8.self).split(separator: "\n"))"
        }
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private static func paths(below folder: String) -> [String] {
        ((try? Directory.names(in: folder)) ?? []).flatMap { name in
            let path = "\(folder)/\(name)"
            return isFolder(path) ? paths(below: path) : [path]
        }
    }

    private static func remove(_ folder: String) {
        for name in (try? Directory.names(in: folder)) ?? [] {
            let path = "\(folder)/\(name)"
            if isFolder(path) { remove(path) } else { unlink(path) }
        }
        rmdir(folder)
    }
}
