// SPDX-License-Identifier: Apache-2.0

import Glibc
import LinuxCore

func write(_ text: String, to path: String, mode: mode_t = 0o644) throws {
    try Directory.create(File.parent(of: path))
    try File.replace(path, Array(text.utf8), mode: mode)
}

func makeFolder(_ path: String) throws { try Directory.create(path) }
