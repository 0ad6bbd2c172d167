// SPDX-License-Identifier: Apache-2.0

internal import DHCPClient
internal import Glibc
internal import LinuxCore

/// The program that gets leases for containers, renews them, and gives them back.
///
/// One thread that waits in poll(2) for plugins, for servers and for the time. What has to outlive it is on disk before anybody
/// is told of it, so it may be killed at any moment, and there is no orderly end.
public final class DHCPDaemon {
    let options: DaemonOptions
    let folder: LeaseFolder
    let boot: String
    var holders: [LeaseHolder] = []
    private let socket: DaemonSocket
    private let lock: FileLock
    private var connections: [ClientConnection] = []
    private var nextLook: Int64
    /// As long as no connection can be accepted, such as without free descriptors.
    private var acceptsFrom: Int64 = 0

    /// How often containers are looked for, in milliseconds.
    private static let lookInterval: Int64 = 30_000
    /// How long a plugin may take to say what it wants.
    private static let requestTime: Int64 = 5000
    private static let mostConnections = 512

    /// Listens, and reads what is on disk.
    private init(_ options: DaemonOptions) throws(SystemError) {
        self.options = options
        boot = try Self.bootIdentifier()
        let inherited = try DaemonSocket.inherited()
        let path = inherited?.path ?? options.socketPath
        if inherited == nil { try Directory.create(File.parent(of: path), mode: 0o700) }
        folder = try LeaseFolder(of: path, creating: true)
        do throws(SystemError) {
            lock = try folder.lock(of: path)
        } catch  where error.errno == EWOULDBLOCK {
            throw SystemError(operation: "listen \(path) (another daemon does)", errno: EADDRINUSE)
        }
        if let inherited {
            socket = inherited
        } else {
            socket = try DaemonSocket.bound(at: path)
        }
        nextLook = 0
    }

    /// Runs until it is killed.
    ///
    /// - Parameter words: The command line behind `daemon`.
    /// - Returns: The exit status if it cannot run.
    public static func main(_ words: [String]) -> Int32 {
        if words.contains(where: { ["-h", "-help", "--help"].contains($0) }) {
            log(DaemonOptions.usage, isLine: false)
            return 0
        }
        do throws(DaemonOptions.Mistake) {
            let options = try DaemonOptions(parsing: words)
            do throws(SystemError) {
                try DHCPDaemon(options).run()
            } catch {
                log("the daemon cannot run: \(error)")
                return 1
            }
        } catch {
            log("\(error)\n\n\(DaemonOptions.usage)", isLine: false)
            return 2
        }
        return 0
    }

    /// Writes to the standard error, whose reader may be gone.
    static func log(_ text: String, isLine: Bool = true) {
        _ = try? File.write(Array((isLine ? "dhcp: \(text)\n" : text).utf8), to: STDERR_FILENO, named: "log")
    }

    private static func bootIdentifier() throws(SystemError) -> String {
        let text = try File.read("/proc/sys/kernel/random/boot_id")
        return String(decoding: text.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }

    /// Milliseconds of a clock that nobody sets, and that counts while the machine sleeps, as servers' clocks do.
    private static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    private func run() throws(SystemError) {
        signal(SIGPIPE, SIG_IGN)
        if let path = options.pidFile {
            try File.replace(path, Array("\(getpid())\n".utf8), mode: 0o644)
        }
        try resume(at: Self.now)
        try socket.listen()
        Self.log("listening on \(socket.path), \(holders.count) leases")
        while true { try turn() }
    }

    /// Waits for something, and does what is to be done.
    private func turn() throws(SystemError) {
        let before = Self.now
        let accepts = acceptsFrom <= before && connections.count < Self.mostConnections
        var entries = [pollfd(fd: accepts ? socket.descriptor : -1, events: Int16(POLLIN), revents: 0)]
        for connection in connections {
            entries.append(pollfd(fd: connection.descriptor, events: Int16(POLLIN), revents: 0))
        }
        let asked = (connections: connections, holders: holders)
        for holder in holders {
            entries.append(pollfd(fd: holder.descriptor ?? -1, events: Int16(POLLIN), revents: 0))
        }
        let wait = max(0, min(nextDeadline - before, 60_000))
        try systemCall("wait") { poll(&entries, nfds_t(entries.count), CInt(wait)) }
        let now = Self.now
        if entries[0].revents != 0 { accept(at: now) }
        for (connection, entry) in zip(asked.connections, entries[1...]) {
            if entry.revents != 0, let line = connection.read() { serve(line, connection, at: now) }
            if !connection.isAsked, connection.deadline <= now { connection.drop() }
        }
        for (holder, entry) in zip(asked.holders, entries[(1 + asked.connections.count)...])
        where entry.revents != 0 {
            holder.receive(at: now)
            settle(holder, at: now)
        }
        for holder in holders where holder.deadline.map({ $0 <= now }) ?? false {
            holder.advance(to: now)
            settle(holder, at: now)
        }
        if nextLook <= now { look(at: now) }
        connections.removeAll { $0.isOver }
        cancelAbandoned(at: now)
    }

    private var nextDeadline: Int64 {
        var next = nextLook
        if acceptsFrom > 0 { next = min(next, acceptsFrom) }
        for holder in holders { if let deadline = holder.deadline { next = min(next, deadline) } }
        for connection in connections where !connection.isAsked { next = min(next, connection.deadline) }
        return next
    }

    private func accept(at now: Int64) {
        do throws(SystemError) {
            acceptsFrom = 0
            while connections.count < Self.mostConnections,
                let connection = try socket.accept(until: now + Self.requestTime)
            {
                connections.append(connection)
            }
        } catch {
            acceptsFrom = now + 1000
            Self.log("\(error)")
        }
    }

    /// Looks which containers are still there.
    private func look(at now: Int64) {
        nextLook = now + Self.lookInterval
        for holder in holders {
            holder.look()
            settle(holder, at: now)
        }
    }
}
