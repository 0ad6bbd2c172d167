// SPDX-License-Identifier: Apache-2.0

internal import CLinuxShims
internal import Glibc
internal import LinuxCore

/// The watch over one process that runs: reads what it writes, and ends it when it must not go on.
struct Supervision: ~Copyable {
    let process: pid_t
    let limits: ChildProcess.Limits
    let deadline: ContinuousClock.Instant?
    let output: OwnedFileDescriptor
    let diagnostics: OwnedFileDescriptor
    private var outcome = ChildProcess.Outcome()
    private var outputIsOpen = true
    private var diagnosticsAreOpen = true

    /// How much is read before anything else gets a look: who writes without end is not to hold us up.
    private static let chunks = 32

    init(
        process: pid_t, limits: ChildProcess.Limits, deadline: ContinuousClock.Instant?,
        output: consuming OwnedFileDescriptor, diagnostics: consuming OwnedFileDescriptor
    ) {
        self.process = process
        self.limits = limits
        self.deadline = deadline
        self.output = output
        self.diagnostics = diagnostics
    }

    /// Blocks until the process has ended.
    mutating func run(_ stop: StopSignal) -> ChildProcess.Outcome {
        do throws(SystemError) {
            let end = OwnedFileDescriptor(
                adopting: try systemCall("watch process \(process)") { swift_cni_pidfd_open(process) })
            // How often it waits and reads depends on the moment: no fault could be put there twice.
            try Operations.withGate(nil) { () throws(SystemError) in try watch(end.rawValue, stop) }
        } catch {
            // No process is left behind that nobody watches.
            outcome.failure = error
            endGroup()
        }
        // Before the leader is reaped its number, and so the group's, cannot be anybody else's.
        if outcome.interruption != nil { endGroup() }
        do throws(SystemError) {
            try reap()
        } catch {
            // Where the caller ignores SIGCHLD the kernel has reaped it.
            outcome.failure = outcome.failure ?? error
        }
        return outcome
    }

    private mutating func watch(_ end: CInt, _ stop: StopSignal) throws(SystemError) {
        while true {
            let readable = Int16(POLLIN)
            // A negative descriptor is left out.
            var polled = [
                pollfd(fd: end, events: readable, revents: 0),
                pollfd(fd: outputIsOpen ? output.rawValue : -1, events: readable, revents: 0),
                pollfd(fd: diagnosticsAreOpen ? diagnostics.rawValue : -1, events: readable, revents: 0),
                pollfd(fd: outcome.interruption == nil ? stop.descriptor : -1, events: readable, revents: 0),
            ]
            let left = outcome.interruption == nil ? deadline.map { ($0 - .now).milliseconds } : nil
            let ready = try systemCall("poll") { poll(&polled, nfds_t(polled.count), left ?? -1) }
            if polled[1].revents != 0 { try readOutput() }
            if polled[2].revents != 0 { try readDiagnostics() }
            if polled[0].revents != 0 {
                // What it wrote last; others that hold the pipes open are not waited for.
                if outputIsOpen { try readOutput() }
                if diagnosticsAreOpen { try readDiagnostics() }
                return
            }
            if outcome.interruption != nil { continue }
            if polled[3].revents != 0 {
                interrupt(.stopped)
            } else if ready == 0, let deadline, ContinuousClock.now >= deadline {
                interrupt(.timeLimit)
            }
        }
    }

    private mutating func interrupt(_ why: ChildProcess.Interruption) {
        guard outcome.interruption == nil else { return }
        outcome.interruption = why
        endGroup()
    }

    private borrowing func endGroup() {
        _ = kill(-process, SIGKILL)
        // It may have left its group.
        _ = kill(process, SIGKILL)
    }

    private mutating func reap() throws(SystemError) {
        var status: CInt = 0
        try systemCall("wait for process \(process)") { waitpid(process, &status, 0) }
        if status & 0x7f == 0 {
            outcome.status = (status >> 8) & 0xff
        } else {
            outcome.signal = status & 0x7f
        }
    }

    private mutating func readOutput() throws(SystemError) {
        for _ in 0..<Self.chunks {
            guard let chunk = try Self.read(output.rawValue, &outputIsOpen) else { return }
            if outcome.output.count + chunk.count > limits.output {
                interrupt(.outputLimit)
            } else {
                outcome.output += chunk
            }
        }
    }

    private mutating func readDiagnostics() throws(SystemError) {
        for _ in 0..<Self.chunks {
            guard let chunk = try Self.read(diagnostics.rawValue, &diagnosticsAreOpen) else { break }
            outcome.diagnostics += chunk
            if outcome.diagnostics.count > 2 * limits.diagnostics {
                outcome.diagnostics.removeFirst(outcome.diagnostics.count - limits.diagnostics)
            }
        }
        if outcome.diagnostics.count > limits.diagnostics {
            outcome.diagnostics.removeFirst(outcome.diagnostics.count - limits.diagnostics)
        }
    }

    /// What there is to read, or nil if there is nothing now; at its end `isOpen` becomes false.
    private static func read(_ descriptor: CInt, _ isOpen: inout Bool) throws(SystemError) -> [UInt8]? {
        guard isOpen else { return nil }
        var size = 0
        var failure: SystemError?
        let chunk = [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
            do throws(SystemError) {
                size = try systemCall("read from plugin") {
                    Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                }
                count = size
            } catch {
                failure = error
            }
        }
        if let failure {
            if failure.errno == EAGAIN { return nil }
            throw failure
        }
        isOpen = size > 0
        return isOpen ? chunk : nil
    }
}
