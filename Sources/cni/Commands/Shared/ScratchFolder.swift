// SPDX-License-Identifier: Apache-2.0

internal import CNIRuntime
internal import Glibc

/// A folder for a result cache that lives as long as one command.
struct ScratchFolder {
    let path: String

    init() throws(Failure) {
        var template = Array("\(variable("TMPDIR") ?? "/tmp")/cni.XXXXXX".utf8CString)
        try systemCall("make a temporary folder") { mkdtemp(&template) == nil ? -1 : 0 }
        path = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    }

    /// Removes the folder with what the runtime makes in a cache: entries, their folder and the lock.
    func remove() {
        for folder in ["\(path)/results", path] {
            guard let stream = opendir(folder) else { continue }
            while let entry = readdir(stream) {
                let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
                if name != ".", name != ".." { unlink("\(folder)/\(name)") }
            }
            closedir(stream)
            rmdir(folder)
        }
    }
}
