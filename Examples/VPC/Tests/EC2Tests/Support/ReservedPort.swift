// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A port on loopback where nobody listens, and nobody else will while this is there.
struct ReservedPort: ~Copyable {
    let number: UInt16
    private let descriptor: CInt

    /// Takes a port that the kernel gives to nobody by itself, so that tests side by side do not get it, either.
    init() throws {
        for _ in 0..<100 {
            let number = UInt16.random(in: 20_000..<32_000)
            let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            address.sin_port = number.bigEndian
            let code = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            if code == 0 {
                self.number = number
                self.descriptor = descriptor
                return
            }
            close(descriptor)
        }
        throw TestFailure("no free port")
    }

    deinit { close(descriptor) }

    /// A port for a server that is started next.
    static func free() throws -> UInt16 { try ReservedPort().number }
}
