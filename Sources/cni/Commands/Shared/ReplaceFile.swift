// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Writes a file that has its old content or its new one at any time: beside its place, then moved there.
func replaceFile(_ path: String, with text: String) throws(Failure) {
    var template = Array("\(path).XXXXXX".utf8CString)
    let descriptor = try systemCall("write \(path)") { mkstemp(&template) }
    let new = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    do throws(Failure) {
        // As open(2) would have made it, which mkstemp(3) does not.
        let mask = umask(0)
        umask(mask)
        try systemCall("write \(path)") { fchmod(descriptor, 0o666 & ~mask) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = try systemCall("write \(path)") {
                rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            }
            rest = rest.dropFirst(count)
        }
        try systemCall("write \(path)") { rename(new, path) }
        close(descriptor)
    } catch {
        close(descriptor)
        unlink(new)
        throw error
    }
}
