// SPDX-License-Identifier: Apache-2.0

import Addressing
import CNITesting
import Glibc
import Testing

/// A socket in a container's namespace; every wait for it is bounded.
final class Socket {
    struct Failure: Error { var description: String }

    let number: CInt

    init(adopting number: CInt) throws {
        guard number >= 0 else { throw Failure(description: "no socket") }
        self.number = number
        // Ten seconds, the longest that anything may take on a busy machine.
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(number, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    deinit { close(number) }

    /// A listening or, of datagrams, a bound socket.
    static func bound(
        to address: String, port: UInt16, isStream: Bool = true, in container: TestContainer
    ) throws -> Socket {
        let socket = try Socket(in: container, address, isStream: isStream)
        try withName(address, port) { name, length in
            guard Glibc.bind(socket.number, name, length) == 0 else {
                throw Failure(description: "bind \(address)")
            }
        }
        if isStream { guard listen(socket.number, 16) == 0 else { throw Failure(description: "listen") } }
        return socket
    }

    /// A socket connected from one address to another; nil if there is no connection within the time.
    static func connected(
        from source: String, to destination: String, port: UInt16, isStream: Bool = true,
        milliseconds: CInt = 10_000,
        in container: TestContainer
    ) throws -> Socket? {
        let socket = try Socket(in: container, source, isStream: isStream)
        try withName(source, 0) { name, length in
            guard Glibc.bind(socket.number, name, length) == 0 else {
                throw Failure(description: "bind \(source)")
            }
        }
        let flags = fcntl(socket.number, F_GETFL, 0)
        _ = fcntl(socket.number, F_SETFL, flags | O_NONBLOCK)
        withName(destination, port) { name, length in _ = Glibc.connect(socket.number, name, length) }
        var event = pollfd(fd: socket.number, events: Int16(POLLOUT), revents: 0)
        guard poll(&event, 1, milliseconds) == 1 else { return nil }
        var (code, length) = (CInt(0), socklen_t(MemoryLayout<CInt>.size))
        getsockopt(socket.number, SOL_SOCKET, SO_ERROR, &code, &length)
        guard code == 0 else { return nil }
        _ = fcntl(socket.number, F_SETFL, flags)
        return socket
    }

    private convenience init(in container: TestContainer, _ address: String, isStream: Bool) throws {
        let kind = isStream ? SOCK_STREAM : SOCK_DGRAM
        let family = address.contains(":") ? AF_INET6 : AF_INET
        let number = try container.run { socket(family, CInt(kind.rawValue) | O_CLOEXEC, 0) }
        try self.init(adopting: number)
        var on: CInt = 1
        setsockopt(number, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<CInt>.size))
    }

    /// The next connection and its client's address; nil if none comes within the time.
    func accepted(milliseconds: CInt = 10_000) throws -> (Socket, String)? {
        var event = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
        guard poll(&event, 1, milliseconds) == 1 else { return nil }
        var name = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let client = withUnsafeMutablePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { accept(number, $0, &length) }
        }
        return (try Socket(adopting: client), Self.text(name))
    }

    /// Sends a whole text.
    func send(_ text: String) -> Bool {
        Glibc.send(number, text, text.utf8.count, CInt(MSG_NOSIGNAL)) == text.utf8.count
    }

    func bind(to address: String) throws {
        try Self.withName(address, 0) { name, length in
            guard Glibc.bind(number, name, length) == 0 else { throw Failure(description: "bind \(address)") }
        }
    }

    func connect(to address: String) throws {
        try Self.withName(address, 0) { name, length in
            guard Glibc.connect(number, name, length) == 0 else {
                throw Failure(description: "connect \(address)")
            }
        }
    }

    /// The next packet; nil if none comes within ten seconds.
    func receivedBytes() -> [UInt8]? {
        var event = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
        guard poll(&event, 1, 10_000) == 1 else { return nil }
        var buffer = [UInt8](repeating: 0, count: 10_000)
        let count = recv(number, &buffer, buffer.count, 0)
        return count > 0 ? Array(buffer.prefix(count)) : nil
    }

    /// The next bytes as a text, and of datagrams the sender; nil if none come within the time.
    func received(milliseconds: CInt = 10_000) -> (text: String, sender: String)? {
        var event = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
        guard poll(&event, 1, milliseconds) == 1 else { return nil }
        var buffer = [UInt8](repeating: 0, count: 9000)
        var name = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let count = withUnsafeMutablePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                recvfrom(number, &buffer, buffer.count, 0, $0, &length)
            }
        }
        guard count > 0 else { return nil }
        return (String(decoding: buffer.prefix(count), as: UTF8.self), Self.text(name))
    }

    /// The largest segment that TCP sends, in bytes.
    var maximumSegment: Int {
        var (value, length) = (CInt(0), socklen_t(MemoryLayout<CInt>.size))
        getsockopt(number, CInt(IPPROTO_TCP), TCP_MAXSEG, &value, &length)
        return Int(value)
    }

    /// Sends bytes to the other end of this connection; returns how many have come within a minute.
    func transfer(_ count: Int, to other: Socket) -> Int {
        var (sent, received) = (0, 0)
        let start = ContinuousClock.now
        let chunk = [UInt8](repeating: 0x5a, count: 1 << 17)
        var buffer = chunk
        let flags = CInt(MSG_DONTWAIT | MSG_NOSIGNAL)
        while received < count, start.duration(to: .now) < .seconds(60) {
            var events = [
                pollfd(fd: number, events: sent < count ? Int16(POLLOUT) : 0, revents: 0),
                pollfd(fd: other.number, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&events, 2, 1000) > 0 else { continue }
            if sent < count {
                sent += max(0, Glibc.send(number, chunk, min(chunk.count, count - sent), flags))
            }
            received += max(0, recv(other.number, &buffer, buffer.count, flags))
        }
        return received
    }

    private static func withName(
        _ address: String, _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) throws -> Void
    ) rethrows {
        if address.contains(":") {
            var name = sockaddr_in6()
            name.sin6_family = sa_family_t(AF_INET6)
            name.sin6_port = port.bigEndian
            inet_pton(AF_INET6, address, &name.sin6_addr)
            try withUnsafePointer(to: name) {
                try $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    try body($0, socklen_t(MemoryLayout<sockaddr_in6>.size))
                }
            }
        } else {
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_port = port.bigEndian
            inet_pton(AF_INET, address, &name.sin_addr)
            try withUnsafePointer(to: name) {
                try $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    try body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        }
    }

    private static func text(_ name: sockaddr_storage) -> String {
        withUnsafeBytes(of: name) { bytes in
            let isIPv6 = name.ss_family == sa_family_t(AF_INET6)
            return IPAddress(bytes: isIPv6 ? Array(bytes[8..<24]) : Array(bytes[4..<8]))?.description ?? ""
        }
    }
}
