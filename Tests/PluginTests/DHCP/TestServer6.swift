// SPDX-License-Identifier: Apache-2.0

import Addressing
import CNITesting
import DHCPClient
import Glibc
import Synchronization
import TestSupport

/// A DHCPv6 server on a bridge that says what a test wants.
final class TestServer6: Sendable {
    /// What it does with a client's message.
    struct Behaviour: Sendable {
        /// The lease's times in seconds: T1, T2, valid.
        var times: (UInt32, UInt32, UInt32) = (1800, 2880, 3600)
        /// Whether a renewal is of a lease that it does not know.
        var hasForgotten = false
        /// Whether it gives a lease without a second exchange.
        var isRapid = false
        /// Whether it says nothing.
        var isSilent = false
        /// Datagrams that come before each answer.
        var noise: @Sendable (_ answer: [UInt8]) -> [[UInt8]] = { _ in [] }
    }

    private struct State {
        var behaviour = Behaviour()
        var messages: [DHCPv6Message] = []
        var isOver = false
        /// The address that is given; one that was declined is not given again.
        var number: UInt128 = 0x50
    }

    private let state = Mutex(State())
    private let thread: Mutex<BlockingThread?>
    private static let duid: [UInt8] = [0, 3, 0, 1, 2, 0, 0, 0, 0, 1]

    /// Listens on a bridge of the host's.
    init(on network: TestNetwork, bridge: String) throws {
        thread = Mutex(nil)
        let descriptor = try network.run { Self.socket(on: bridge) }
        guard descriptor >= 0 else { throw Unexpected(description: "no socket for the server: \(errno)") }
        let thread = BlockingThread { [self] in serve(descriptor) }
        self.thread.withLock { $0 = thread }
    }

    /// Ends it.
    func stop() {
        state.withLock { $0.isOver = true }
        thread.withLock { $0 }?.join()
    }

    /// Changes what it does.
    func behave(_ change: @Sendable (inout Behaviour) -> Void) { state.withLock { change(&$0.behaviour) } }

    /// What clients have sent.
    func messages(_ kind: DHCPv6Message.Kind) -> [DHCPv6Message] {
        state.withLock { $0.messages.filter { $0.kind == kind } }
    }

    private static func socket(on bridge: String) -> CInt {
        let descriptor = Glibc.socket(AF_INET6, CInt(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var wait = timeval(tv_sec: 0, tv_usec: 50_000)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
        var group = ipv6_mreq()
        let everyServer = IPAddress(.v6, bits: 0xff02 << 112 | 0x1_0002).bytes
        withUnsafeMutableBytes(of: &group.ipv6mr_multiaddr) { $0.copyBytes(from: everyServer) }
        group.ipv6mr_interface = if_nametoindex(bridge)
        setsockopt(
            descriptor, CInt(IPPROTO_IPV6), IPV6_ADD_MEMBERSHIP, &group,
            socklen_t(MemoryLayout<ipv6_mreq>.size))
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_port = UInt16(547).bigEndian
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in6>.size))
            }
        }
        return bound == 0 ? descriptor : -1
    }

    private func serve(_ descriptor: CInt) {
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 2000)
        while !state.withLock({ $0.isOver }) {
            var client = sockaddr_in6()
            var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
            let count = withUnsafeMutablePointer(to: &client) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    recvfrom(descriptor, &buffer, buffer.count, 0, $0, &length)
                }
            }
            guard count > 0 else { continue }
            for answer in answers(to: Array(buffer[..<count])) {
                _ = withUnsafePointer(to: &client) {
                    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        sendto(descriptor, answer, answer.count, 0, $0, length)
                    }
                }
            }
        }
    }

    private func answers(to bytes: [UInt8]) -> [[UInt8]] {
        guard let message = DHCPv6Message(parsing: bytes) else { return [] }
        return state.withLock { state in
            state.messages.append(message)
            let behaviour = state.behaviour
            if message.kind == .decline { state.number += 1 }
            guard !behaviour.isSilent else { return [] }
            let isSearch = message.kind == .solicit && !behaviour.isRapid
            var answer = DHCPv6Message(isSearch ? .advertise : .reply, transaction: message.transaction)
            answer.options.append(.clientIdentifier, message.options[.clientIdentifier] ?? [])
            answer.options.append(.serverIdentifier, Self.duid)
            let id = (message.options[.association] ?? []).prefix(4).reduce(UInt32(0)) {
                $0 << 8 | UInt32($1)
            }
            var association = DHCPv6Association(id: id)
            if behaviour.hasForgotten, message.kind == .renew || message.kind == .rebind {
                association.status = 3
            } else if message.kind != .release, message.kind != .decline {
                association.address = IPAddress(.v6, bits: 0xfd07 << 112 | state.number)
                (association.renewal, association.rebinding, association.valid) = behaviour.times
                association.preferred = association.valid
            }
            answer.options.append(.association, association.bytes)
            answer.options.append(.domainNameServers, IPAddress(.v6, bits: 0xfd07 << 112 | 1).bytes)
            if behaviour.isRapid, message.kind == .solicit { answer.options.append(.rapidCommit, []) }
            return behaviour.noise(answer.bytes) + [answer.bytes]
        }
    }
}
