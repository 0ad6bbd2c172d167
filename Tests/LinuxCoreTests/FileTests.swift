// SPDX-License-Identifier: Apache-2.0

import Glibc
import LinuxCore
import Synchronization
import Testing

@Suite("Files, folders and locks")
struct FileTests {
    let folder = TemporaryFolder()

    private func path(_ name: String) -> String { "\(folder.path)/\(name)" }

    @Test func `a created file has its content and mode, and there is none to replace`() throws {
        try File.create(path("a"), Array("x".utf8), mode: 0o640)
        #expect(try File.read(path("a")) == Array("x".utf8))
        #expect(try FileStatus(of: path("a")).mode & 0o777 == 0o640)
        let error = #expect(throws: SystemError.self) { try File.create(path("a"), [], mode: 0o600) }
        #expect(error == SystemError(operation: "link \(path("a"))", errno: EEXIST))
        #expect(try File.read(path("a")) == Array("x".utf8))
        #expect(try Directory.names(in: folder.path) == ["a"])
    }

    @Test func `replacing makes another file of the whole new content`() throws {
        try File.replace(path("a"), Array("long".utf8), mode: 0o600)
        let before = try FileStatus(of: path("a"))
        try File.replace(path("a"), Array("x".utf8), mode: 0o600)
        #expect(try File.read(path("a")) == Array("x".utf8))
        #expect(try FileStatus(of: path("a")).identity != before.identity)
        #expect(try Directory.names(in: folder.path) == ["a"])
    }

    /// Removes the file that is to be renamed, so many times.
    private final class Sweep: OperationGate {
        private let left: Mutex<Int>

        init(times: Int) { left = Mutex(times) }

        func admit(_ operation: String) -> CInt? {
            let words = operation.split(separator: " ")
            guard words.first == "rename",
                left.withLock({
                    $0 -= 1; return $0 >= 0
                })
            else { return nil }
            return unlink(String(words[1])) == 0 ? nil : EIO
        }
    }

    @Test(arguments: 0...4)
    func `a sweep of unfinished files does not keep a file from being replaced`(times: Int) throws {
        try File.replace(path("a"), Array("old".utf8), mode: 0o600)
        let replace: () throws -> Void = {
            try Operations.withGate(Sweep(times: times)) {
                try File.replace(path("a"), Array("new".utf8), mode: 0o600)
            }
        }
        if times < 4 {
            try replace()
        } else {
            #expect(throws: SystemError(operation: "replace \(path("a"))", errno: ENOENT)) { try replace() }
        }
        #expect(try File.read(path("a")) == Array((times < 4 ? "new" : "old").utf8))
        #expect(try Directory.names(in: folder.path) == ["a"])
    }

    @Test(arguments: [0, 1, 4095, 4096, 4097, 70_000])
    func `a file of any size is read whole, up to the limit`(size: Int) throws {
        let content = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try File.create(path("a"), content, mode: 0o600)
        #expect(try File.read(path("a"), limit: size) == content)
        if size > 0 {
            let error = #expect(throws: SystemError.self) { try File.read(path("a"), limit: size - 1) }
            #expect(error?.errno == EFBIG)
        }
    }

    @Test func `removing and listing tell what there was`() throws {
        for name in ["b", "a", ".hidden"] { try File.create(path(name), [], mode: 0o600) }
        #expect(try Directory.names(in: folder.path) == [".hidden", "a", "b"])
        #expect(try File.remove(path("a")))
        #expect(try !File.remove(path("a")))
        let error = #expect(throws: SystemError.self) { try Directory.names(in: path("none")) }
        #expect(error == SystemError(operation: "list \(path("none"))", errno: ENOENT))
    }

    @Test func `a folder is created with those above it, and again without error`() throws {
        try Directory.create(path("x/y/z"))
        try Directory.create(path("x/y/z"))
        #expect(try FileStatus(of: path("x/y/z")).isDirectory)
        for name in ["x/y/z", "x/y", "x"] { #expect(try Directory.remove(path(name))) }
        #expect(try !Directory.remove(path("x")))
    }

    @Test func `of two exclusive locks one is held`() throws {
        let first = try FileLock(path: path("lock"), creating: 0o600)
        // Shared with the first, then not exclusive beside it.
        let isShared = try first.tryConvert(to: .shared)
        #expect(isShared)
        let second = try FileLock(path: path("lock"), .shared)
        let isExclusive = try second.tryConvert(to: .exclusive)
        #expect(!isExclusive)
        _ = consume first
        let isFree = try second.tryConvert(to: .exclusive)
        #expect(isFree)
    }

    @Test func `a lock on a file that is not there is an error unless it may be created`() throws {
        let error = #expect(throws: SystemError.self) { _ = try FileLock(path: path("none")) }
        #expect(error == SystemError(operation: "open \(path("none"))", errno: ENOENT))
    }

    @Test(arguments: [("/a/b", "/a"), ("/a", "/"), ("a", "."), ("a/b/c", "a/b")])
    func `the parent of a path`(path: String, parent: String) {
        #expect(File.parent(of: path) == parent)
    }
}
