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
        descriptor = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var (lock, number): (CInt, CInt) = (0, 0)
        // posix_openpt(3) and its like hide behind feature macros; these are what they do (tty_ioctl(4)).
        let (TIOCSPTLCK, TIOCGPTN): (UInt, UInt) = (0x4004_5431, 0x8004_5430)
        guard descriptor >= 0, ioctl(descriptor, TIOCSPTLCK, &lock) == 0,
            ioctl(descriptor, TIOCGPTN, &number) == 0
        else { throw SystemError(operation: "open a pseudoterminal", errno: errno) }
        path = "/dev/pts/\(number)"
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
