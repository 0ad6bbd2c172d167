// SPDX-License-Identifier: Apache-2.0

import Glibc
import LinuxCore
import Synchronization

/// A terminal of which a test is the screen.
final class Pseudoterminal: Sendable {
    private let descriptor: CInt
    /// What programs open.
    let path: String

    init(columns: UInt16) throws {
        descriptor = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard descriptor >= 0, grantpt(descriptor) == 0, unlockpt(descriptor) == 0 else {
            throw SystemError(operation: "open a pseudoterminal", errno: errno)
        }
        var name = [CChar](repeating: 0, count: 128)
        guard ptsname_r(descriptor, &name, name.count) == 0 else {
            throw SystemError(operation: "name a pseudoterminal", errno: errno)
        }
        path = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        var size = winsize(ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(descriptor, UInt(TIOCSWINSZ), &size)
    }

    deinit { close(descriptor) }

    /// What is written there until nobody has it open any more, with plain line breaks.
    func screen(of start: () throws -> Tool.Process) throws -> (text: String, outcome: Tool.Outcome) {
        let process = try start()
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        // The last writer's end is EIO.
        while case let size = read(descriptor, &buffer, buffer.count), size > 0 { bytes += buffer[..<size] }
        let outcome = try process.wait()
        return (String(decoding: bytes.filter { $0 != 0x0d }, as: UTF8.self), outcome)
    }
}
