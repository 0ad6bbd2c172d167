// SPDX-License-Identifier: Apache-2.0

import Addressing
import CNITesting
import DHCPClient
import Glibc
import Synchronization
import TestSupport

/// A DHCP server on a bridge that says what a test wants.
final class TestServer: Sendable {
    /// What it does with a client's message.
    struct Behaviour: Sendable {
        /// The address that each next client gets is one further.
        var first: UInt8 = 50
        /// The lease's time in seconds.
        var seconds: UInt32 = 3600
        /// Options behind the usual ones.
        var options: [UInt8] = []
        /// Whether it answers requests with a refusal.
        var refuses = false
        /// Whether it says nothing.
        var isSilent = false
        /// Datagrams that come before each answer.
        var noise: @Sendable (_ answer: [UInt8]) -> [[UInt8]] = { _ in [] }
    }

    private struct State {
        var behaviour = Behaviour()
        var messages: [DHCPMessage] = []
        var clients: [[UInt8]] = []
        var isOver = false
    }

    private let state = Mutex(State())
    private let thread: Mutex<BlockingThread?>

    /// Listens on a bridge of the host's, which has the address 10.7.0.1.
    init(on network: TestNetwork, bridge: String) throws {
        thread = Mutex(nil)
        let descriptor = try network.run { Self.socket(on: bridge) }
        guard descriptor >= 0 else { throw Unexpected(description: "no socket for the server") }
        let thread = BlockingThread { [self] in serve(descriptor) }
        self.thread.withLock { $0 = thread }
    }

    /// Ends it.
    func stop() {
        state.withLock { $0.isOver = true }
        thread.withLock { $0 }?.join()
    }

    /// Changes what it does.
    func behave(_ change: @Sendable (inout Behaviour) -> Void) {
        state.withLock { change(&$0.behaviour) }
    }

    /// What clients have sent.
    func messages(_ kind: DHCPMessage.Kind) -> [DHCPMessage] {
        state.withLock { $0.messages.filter { $0.kind == kind } }
    }

    private static func socket(on bridge: String) -> CInt {
        let descriptor = Glibc.socket(AF_INET, CInt(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var one: CInt = 1
        setsockopt(descriptor, SOL_SOCKET, SO_BROADCAST, &one, socklen_t(MemoryLayout<CInt>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_BINDTODEVICE, bridge, socklen_t(bridge.utf8.count))
        var wait = timeval(tv_sec: 0, tv_usec: 50_000)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(67).bigEndian
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        return bound == 0 ? descriptor : -1
    }

    private func serve(_ descriptor: CInt) {
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 2000)
        while !state.withLock({ $0.isOver }) {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { continue }
            for answer in answers(to: Array(buffer[..<count])) { Self.broadcast(answer, descriptor) }
        }
    }

    private static func broadcast(_ answer: [UInt8], _ descriptor: CInt) {
        var everybody = sockaddr_in()
        everybody.sin_family = sa_family_t(AF_INET)
        everybody.sin_port = UInt16(68).bigEndian
        everybody.sin_addr.s_addr = .max
        _ = withUnsafePointer(to: &everybody) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, answer, answer.count, 0, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    private func answers(to bytes: [UInt8]) -> [[UInt8]] {
        // A reply's layout is a request's.
        guard let message = DHCPMessage(parsingReply: [2] + bytes.dropFirst()) else { return [] }
        let identifier = message.options[.clientIdentifier] ?? message.mac.bytes
        return state.withLock { state in
            state.messages.append(message)
            let behaviour = state.behaviour
            // An address that was declined is nobody's any more.
            if message.kind == .decline { state.clients = state.clients.map { $0 == identifier ? [] : $0 } }
            guard !behaviour.isSilent, message.kind == .discover || message.kind == .request else {
                return []
            }
            if !state.clients.contains(identifier) { state.clients.append(identifier) }
            let number = state.clients.firstIndex(of: identifier) ?? 0
            let kind: DHCPMessage.Kind =
                message.kind == .discover ? .offer : behaviour.refuses ? .refusal : .acknowledgement
            let answer = Self.reply(kind, to: message, number: UInt8(number), behaviour)
            return behaviour.noise(answer) + [answer]
        }
    }

    private static func reply(
        _ kind: DHCPMessage.Kind, to message: DHCPMessage, number: UInt8, _ behaviour: Behaviour
    ) -> [UInt8] {
        var bytes: [UInt8] = [2, 1, 6, 0]
        bytes += big(message.transaction) + [0, 0, 0x80, 0, 0, 0, 0, 0]
        bytes += kind == .refusal ? [0, 0, 0, 0] : [10, 7, 0, behaviour.first + number]
        bytes += [10, 7, 0, 1, 0, 0, 0, 0] + message.mac.bytes + [UInt8](repeating: 0, count: 202)
        bytes += [99, 130, 83, 99, 53, 1, kind.rawValue, 54, 4, 10, 7, 0, 1]
        if kind != .refusal {
            bytes += [51, 4] + big(behaviour.seconds) + [1, 4, 255, 255, 255, 0, 3, 4, 10, 7, 0, 1]
        }
        return bytes + behaviour.options + [255]
    }

    private static func big(_ number: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
    }
}
