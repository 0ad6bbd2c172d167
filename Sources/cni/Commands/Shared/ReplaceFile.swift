// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Writes a file that has its old content or its new one at any time: beside its place, then moved there.
///
/// What is no regular file, such as a pipe or /dev/null, is written into; by a symbolic link the file that it leads to is
/// replaced.
func replaceFile(_ path: String, with text: String) throws(Failure) {
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG { return try writeFile(path, text) }
    if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK {
        // One that leads nowhere makes the file where it leads to.
        guard let target = realpath(path, nil) else { return try writeFile(path, text) }
        defer { free(target) }
        return try replaceFile(String(cString: target), with: text)
    }
    var template = Array("\(path).XXXXXX".utf8CString)
    let descriptor = try systemCall("write \(path)") { mkstemp(&template) }
    let new = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    do throws(Failure) {
        // As open(2) would have made it, which mkstemp(3) does not.
        let mask = umask(0)
        umask(mask)
        try systemCall("write \(path)") { fchmod(descriptor, 0o666 & ~mask) }
        try writeAll(text, to: descriptor, path)
        try systemCall("write \(path)") { rename(new, path) }
        close(descriptor)
    } catch {
        close(descriptor)
        unlink(new)
        throw error
    }
}

/// Writes into what is there, or makes a file.
private func writeFile(_ path: String, _ text: String) throws(Failure) {
    let descriptor = try systemCall("write \(path)") { open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666) }
    defer { close(descriptor) }
    try writeAll(text, to: descriptor, path)
}

private func writeAll(_ text: String, to descriptor: CInt, _ path: String) throws(Failure) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
        let count = try systemCall("write \(path)") {
            rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        }
        rest = rest.dropFirst(count)
    }
}
