// SPDX-License-Identifier: Apache-2.0

import Addressing
import Glibc

/// A socket of the namespace that it was opened in, for packets that tests send themselves.
final class TestSocket: Sendable {
    enum Kind: Sendable { case tcp, udp }

    private let descriptor: CInt
    private let kind: Kind

    /// Opens a socket at an address of the calling thread's namespace; a TCP one listens if it has a port.
    init(_ kind: Kind, at address: IPAddress, port: UInt16 = 0) throws {
        self.kind = kind
        let family = address.family == .v4 ? AF_INET : AF_INET6
        let type = kind == .tcp ? SOCK_STREAM : SOCK_DGRAM
        descriptor = socket(family, CInt(type.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        var (on, patience): (CInt, timeval) = (1, timeval(tv_sec: 2, tv_usec: 0))
        let size = socklen_t(MemoryLayout<CInt>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, size)
        if address.family == .v6 { setsockopt(descriptor, CInt(IPPROTO_IPV6), IPV6_V6ONLY, &on, size) }
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &patience, socklen_t(MemoryLayout<timeval>.size))
        }
        let isBound = Self.with(address, port) { Glibc.bind(descriptor, $0, $1) == 0 }
        guard isBound else { throw Unexpected(description: "bind \(address) \(port): errno \(errno)") }
        if kind == .tcp, port != 0 { listen(descriptor, 8) }
    }

    deinit { close(descriptor) }

    /// Sends a byte to an address; for TCP over a connection, and false if nobody takes it within two seconds.
    func send(to address: IPAddress, port: UInt16) -> Bool {
        guard Self.with(address, port, { connect(descriptor, $0, $1) == 0 }) else { return false }
        return Glibc.send(descriptor, "?", 1, CInt(MSG_NOSIGNAL)) == 1
    }

    /// Waits up to two seconds for a packet or a connection; returns whom it seems to come from, and answers.
    func answer() -> IPAddress? {
        var sender = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        var byte: UInt8 = 0
        return withUnsafeMutableBytes(of: &sender) { bytes -> IPAddress? in
            guard let start = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return nil }
            if kind == .tcp {
                let connection = accept(descriptor, start, &size)
                if connection < 0 { return nil }
                _ = Glibc.send(connection, "!", 1, CInt(MSG_NOSIGNAL))
                close(connection)
            } else {
                guard recvfrom(descriptor, &byte, 1, 0, start, &size) == 1 else { return nil }
                _ = sendto(descriptor, "!", 1, 0, start, size)
            }
            return Self.address(bytes)
        }
    }

    /// Whether an answer comes within two seconds.
    var isAnswered: Bool {
        var byte: UInt8 = 0
        return recv(descriptor, &byte, 1, 0) == 1
    }

    /// Sends packets of 1,000 bytes one after the other, for UDP; returns how many the kernel took.
    func flood(_ count: Int, to address: IPAddress, port: UInt16) -> Int {
        guard Self.with(address, port, { connect(descriptor, $0, $1) == 0 }) else { return 0 }
        let packet = [UInt8](repeating: 0, count: 1000)
        // What the discipline drops is told as ENOBUFS, and was sent.
        return (0..<count).count { _ in
            Glibc.send(descriptor, packet, packet.count, 0) == packet.count || errno == ENOBUFS
        }
    }

    /// Takes packets until none comes for two seconds; returns how many there were.
    func drain() -> Int {
        var packet = [UInt8](repeating: 0, count: 2000)
        var count = 0
        while recv(descriptor, &packet, packet.count, 0) > 0 { count += 1 }
        return count
    }

    private static func address(_ bytes: UnsafeMutableRawBufferPointer) -> IPAddress? {
        let family = bytes.loadUnaligned(as: sa_family_t.self)
        return family == sa_family_t(AF_INET)
            ? IPAddress(bytes: [UInt8](bytes[4..<8])[...]) : IPAddress(bytes: [UInt8](bytes[8..<24])[...])
    }

    /// The address as the C library has it (ip(7), ipv6(7)).
    private static func with<Value>(
        _ address: IPAddress, _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Value
    ) -> Value {
        if address.family == .v4 {
            var end = sockaddr_in()
            end.sin_family = sa_family_t(AF_INET)
            end.sin_port = port.bigEndian
            withUnsafeMutableBytes(of: &end.sin_addr) { $0.copyBytes(from: address.bytes) }
            return withUnsafePointer(to: end) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        }
        var end = sockaddr_in6()
        end.sin6_family = sa_family_t(AF_INET6)
        end.sin6_port = port.bigEndian
        withUnsafeMutableBytes(of: &end.sin6_addr) { $0.copyBytes(from: address.bytes) }
        return withUnsafePointer(to: end) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in6>.size))
            }
        }
    }
}
