// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The absolute path without `.`, `..` and double slashes; symbolic links stay, as Go's filepath.Abs has it.
///
/// Containers are named by it, so that it has to be the same text as cnitool's.
func absolutePath(_ path: String) -> String {
    var whole = path
    if !path.hasPrefix("/"), let folder = getcwd(nil, 0) {
        whole = "\(String(cString: folder))/\(path)"
        free(folder)
    }
    var names: [Substring] = []
    for name in whole.split(separator: "/") where name != "." {
        if name == ".." { _ = names.popLast() } else { names.append(name) }
    }
    return "/" + names.joined(separator: "/")
}
