// SPDX-License-Identifier: Apache-2.0

import CNITesting
import Glibc
import LinuxCore
import TestSupport
import Testing

@testable import Supervision

@Suite
struct SupervisionTests {
    private func supervise(_ limits: ChildProcess.Limits = .init(time: .seconds(120))) throws
        -> ChildProcess.Outcome
    {
        try ChildProcess.supervise(
            "/usr/bin/env", environment: ["NAME": "value"], input: [], limits: limits, stop: StopSignal())
    }

    @Test
    func `a program gets its environment and no other`() throws {
        let outcome = try supervise()
        #expect(outcome.status == 0 && outcome.signal == nil && outcome.failure == nil)
        #expect(String(decoding: outcome.output, as: UTF8.self) == "NAME=value\n")
    }

    @Test
    func `whatever fails, no process is left that nobody waits for`() throws {
        let (operations, _) = try FaultInjection.operations(in: { try supervise() })
        #expect(operations.contains { $0.hasPrefix("execute") })
        for k in operations.indices {
            FaultInjection.failing(at: k) {
                let outcome = try? supervise()
                #expect(outcome == nil || outcome?.failure != nil, "\(operations[k])")
            }
        }
        // One stays, that of the injected failure of waitpid; those of other tests go in a moment.
        let own = getpid()
        func zombies() throws -> Int {
            try Directory.names(in: "/proc").count { name in
                guard let status = try? File.read("/proc/\(name)/stat") else { return false }
                return String(decoding: status, as: UTF8.self).contains("(env) Z \(own) ")
            }
        }
        try wait(for: "zombies to be reaped") { try zombies() <= 1 }
    }

    @Test
    func `a stop that was given before is obeyed before anything starts`() throws {
        let stop = try StopSignal()
        stop.stop()
        let outcome = try ChildProcess.supervise(
            "/nowhere", environment: [:], input: [], limits: .init(), stop: stop)
        #expect(outcome.interruption == .stopped)
    }

    @Test
    func `a range is locked against every other owner, in one process too`() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/lock"
        let first = try RangeLock(path: path)
        try first.lock(5, .shared)
        let second = try RangeLock(path: path)
        try second.lock(5, .shared)
        try second.lock(6, .exclusive)
        try first.unlock(5)
        try second.lock(5, .exclusive)
        #expect(try FileStatus(of: path).size == 0)
        // No other owner gets it: asked for without waiting.
        var probe = flock(l_type: Int16(F_RDLCK), l_whence: Int16(SEEK_SET), l_start: 5, l_len: 1, l_pid: 0)
        let file = try OwnedFileDescriptor(opening: path, O_RDWR)
        #expect(fcntl(file.rawValue, 37, &probe) == -1)  // F_OFD_SETLK
        try second.unlock(5)
        #expect(fcntl(file.rawValue, 37, &probe) == 0)
    }

    @Test(arguments: [0: 0, -5_000: 0, 1: 1, 2_000_000: 2000, 1_500_000: 1500])
    func `a duration is whole milliseconds, rounded up`(microseconds: Int, milliseconds: Int) {
        #expect(Duration.microseconds(microseconds).milliseconds == CInt(milliseconds))
    }
}
