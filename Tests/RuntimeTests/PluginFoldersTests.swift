// SPDX-License-Identifier: Apache-2.0

import CNIRuntime
import CNITesting
import Testing

@Suite
struct PluginFoldersTests {
    @Test
    func `executables are listed by name, each from the first folder that has it`() throws {
        let folder = try TemporaryFolder()
        try write("", to: "\(folder.path)/one/b", mode: 0o755)
        try write("", to: "\(folder.path)/one/README")
        try makeFolder("\(folder.path)/one/folder")
        try write("", to: "\(folder.path)/two/a", mode: 0o755)
        try write("", to: "\(folder.path)/two/b", mode: 0o755)
        let found = PluginFolders(reading: ["\(folder.path)/one", "/nowhere", "\(folder.path)/two"])
        #expect(found.files.map(\.name) == ["a", "b"])
        #expect(found.files.map(\.path) == ["\(folder.path)/two/a", "\(folder.path)/one/b"])
        #expect(found.problems.map(\.path) == ["/nowhere"])
    }
}
