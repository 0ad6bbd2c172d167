// SPDX-License-Identifier: Apache-2.0

import CNITesting
import Glibc
import LinuxCore
import Testing

@Suite("Fault injection")
struct FaultInjectionTests {
    let folder = TemporaryFolder()

    private func make() throws {
        try File.replace("\(folder.path)/a", [1], mode: 0o600)
        try File.replace("\(folder.path)/b", [2], mode: 0o600)
    }

    private func names() throws -> [String] { try Directory.names(in: folder.path) }

    @Test func `a run is recorded in the words of its operations`() throws {
        let (operations, value) = try FaultInjection.operations {
            try make()
            return 7
        }
        #expect(value == 7)
        #expect(operations.count == 6)
        #expect(operations.first == "open \(folder.path)/.a.new")
        #expect(operations.last == "rename \(folder.path)/.b.new \(folder.path)/b")
    }

    @Test func `one operation fails, those before and after it do not`() throws {
        let error = #expect(throws: SystemError.self) {
            try FaultInjection.failing(at: 4, with: ENOSPC) { try make() }
        }
        #expect(error == SystemError(operation: "write \(folder.path)/.b.new", errno: ENOSPC))
        // The clean-up after the failure went through.
        #expect(try names() == ["a"])
    }

    @Test func `a process that died cleans nothing up`() throws {
        let value: Void? = try FaultInjection.halting(at: 4) { try make() }
        #expect(value == nil)
        #expect(try names() == [".b.new", "a"])
    }

    @Test func `a body that swallows its failures is halted all the same`() throws {
        let value = FaultInjection.halting(at: 1) {
            _ = try? make()
            _ = try? make()
            return 7
        }
        #expect(value == nil)
        #expect(try names() == [".a.new"])
    }

    @Test func `a body with fewer operations is not concerned`() throws {
        #expect(try FaultInjection.halting(at: 6) { try make() } != nil)
        try FaultInjection.failing(at: 6) { try make() }
        struct Own: Error {}
        #expect(throws: Own.self) { try FaultInjection.halting(at: 0) { throw Own() } }
    }

    @Test func `locks are released in a process that died`() throws {
        let path = "\(folder.path)/lock"
        FaultInjection.halting(at: 2) {
            if let lock = try? FileLock(path: path, creating: 0o600) {
                _ = try? lock.tryConvert(to: .shared)
            }
        }
        let lock = try FileLock(path: path)
        let isExclusive = try lock.tryConvert(to: .exclusive)
        #expect(isExclusive)
    }

    @Test func `a failing exclusive create without unnamed files leaves no empty file`() throws {
        struct Gate: OperationGate {
            func admit(_ operation: String) -> CInt? {
                operation.hasPrefix("create ") ? EOPNOTSUPP : operation.hasPrefix("write ") ? ENOSPC : nil
            }
        }
        let error = #expect(throws: SystemError.self) {
            try Operations.withGate(Gate()) {
                try File.create("\(folder.path)/a", [1], mode: 0o600)
            }
        }
        #expect(error?.errno == ENOSPC)
        #expect(try names() == [])
    }
}

/// A folder of its own for a test, which goes with it.
final class TemporaryFolder: Sendable {
    let path: String

    init() {
        var template = Array("/tmp/swift-cni-core-XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil, "mkdtemp: \(errno)")
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        for name in (try? Directory.names(in: path)) ?? [] { unlink("\(path)/\(name)") }
        rmdir(path)
    }
}
