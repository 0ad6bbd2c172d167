// SPDX-License-Identifier: Apache-2.0

internal import CLinuxShims
internal import Glibc
package import LinuxCore

extension ChildProcess {
    /// Within what a supervised program has to stay.
    package struct Limits: Sendable {
        /// How long it may run, including the wait for a busy executable.
        package var time: Duration?
        /// How many bytes it may write on its standard output.
        package var output: Int
        /// How many bytes are kept, the last ones, of its standard error.
        package var diagnostics: Int
        /// How long to wait, at most, until an executable that is being written (ETXTBSY) is not any more.
        package var busy: Duration

        package init(
            time: Duration? = nil, output: Int = 10 << 20, diagnostics: Int = 64 << 10,
            busy: Duration = .seconds(5)
        ) {
            self.time = time
            self.output = output
            self.diagnostics = diagnostics
            self.busy = busy
        }
    }

    /// Why a program was ended before it ended by itself.
    package enum Interruption: Sendable {
        case timeLimit, stopped, outputLimit
    }

    /// What became of a supervised program.
    package struct Outcome: Sendable {
        /// The exit status, or nil if a signal ended it.
        package var status: Int32?
        /// The signal that ended it.
        package var signal: Int32?
        package var output: [UInt8] = []
        package var diagnostics: [UInt8] = []
        package var interruption: Interruption?
        /// What kept us from watching a program that had been started: nobody knows how it ended.
        package var failure: SystemError?
    }

    /// Runs `path` without arguments in a process group of its own, and blocks until it ends.
    ///
    /// Past a limit, and when `stop` is given, the whole group is ended with SIGKILL. The program's own end
    /// counts, not that of the processes that it leaves and that have its streams open.
    ///
    /// - Throws: If the program has not been started.
    package static func supervise(
        _ path: String, environment: [String: String], input: [UInt8], limits: Limits, stop: StopSignal
    ) throws(SystemError) -> Outcome {
        let start = ContinuousClock.now
        let stdin = try memoryFile(input)
        let output = try Pipe()
        let diagnostics = try Pipe()
        let streams = Streams(
            input: stdin.rawValue, output: output.writing, error: diagnostics.writing)
        guard let process = try spawnWhenReady(path, environment, streams, limits, stop) else {
            return Outcome(interruption: .stopped)
        }
        var supervision = Supervision(
            process: process, limits: limits, deadline: limits.time.map { start + $0 },
            output: output.reader(), diagnostics: diagnostics.reader())
        return supervision.run(stop)
    }

    /// Starts a program as soon as nobody writes its executable any more; nil if `stop` came first.
    ///
    /// A file is busy for a moment when a plugin is installed, or when another thread's new process still
    /// holds a descriptor of it.
    private static func spawnWhenReady(
        _ path: String, _ environment: [String: String], _ streams: Streams, _ limits: Limits,
        _ stop: StopSignal
    ) throws(SystemError) -> pid_t? {
        let end = ContinuousClock.now + min(limits.busy, limits.time ?? limits.busy)
        var pause = Duration.milliseconds(2)
        if try stop.wait(.zero) { return nil }
        while true {
            do throws(SystemError) {
                return try spawn(path, environment, streams, ownGroup: true)
            } catch  where error.errno == ETXTBSY && ContinuousClock.now < end {
                if try stop.wait(min(pause, end - .now)) { return nil }
                pause = min(pause * 2, .milliseconds(250))
            }
        }
    }

    /// Both ends of a pipe(7).
    private struct Pipe: ~Copyable {
        private let reading: OwnedFileDescriptor
        private let end: OwnedFileDescriptor

        init() throws(SystemError) {
            var ends: [CInt] = [-1, -1]
            try systemCall("create pipe") { swift_cni_pipe(&ends) }
            reading = OwnedFileDescriptor(adopting: ends[0])
            end = OwnedFileDescriptor(adopting: ends[1])
        }

        var writing: CInt { end.rawValue }

        /// The reading end, which does not block; the writing end is closed.
        consuming func reader() -> OwnedFileDescriptor {
            _ = fcntl(reading.rawValue, F_SETFL, O_NONBLOCK)
            return reading
        }
    }
}
