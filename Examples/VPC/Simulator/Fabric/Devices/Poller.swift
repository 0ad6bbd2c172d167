// SPDX-License-Identifier: Apache-2.0

internal import CTunnelShims
internal import LinuxCore

/// Waits for many descriptors at once, and for somebody who wakes it.
final class Poller: Sendable {
    private let poller: Descriptor
    private let wakeup: Descriptor

    init() throws(SystemError) {
        var numbers: (poller: CInt, wakeup: CInt) = (-1, -1)
        try SystemError.check("create epoll", tunnel_make_poller(&numbers.poller, &numbers.wakeup))
        poller = try Descriptor("create epoll", numbers.poller)
        wakeup = try Descriptor("create eventfd", numbers.wakeup)
    }

    /// Reports `token`, which is not 0, while the descriptor can be read, until it is closed.
    func watch(_ descriptor: CInt, token: UInt64) throws(SystemError) {
        try SystemError.check("watch descriptor", tunnel_watch(poller.number, descriptor, token))
    }

    /// The tokens of descriptors that can be read; none if the time has passed or somebody has woken this.
    func wait(milliseconds: Int) -> [UInt64] {
        var tokens = [UInt64](repeating: 0, count: 64)
        let count = tunnel_wait(poller.number, &tokens, CInt(tokens.count), CInt(clamping: milliseconds))
        let ready = tokens.prefix(max(Int(count), 0))
        if ready.contains(0) { _ = tunnel_clear(wakeup.number) }
        return ready.filter { $0 != 0 }
    }

    /// Has ``wait(milliseconds:)`` return.
    func wake() { _ = tunnel_wake(wakeup.number) }
}
