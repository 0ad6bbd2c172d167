// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A router advertisement (RFC 4861 section 4.2), as radvd(8) sends them.
package enum RouterAdvertisement {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// Sends one to all nodes on a link of the calling thread's namespace: a default route, and a network of which hosts make
    /// themselves addresses.
    ///
    /// - Parameter network: The 16 bytes of a network of 64 bits.
    package static func send(on index: UInt32, network: [UInt8]) throws {
        let descriptor = socket(AF_INET6, Int32(SOCK_RAW.rawValue), CInt(IPPROTO_ICMPV6))
        guard descriptor >= 0 else { throw Failure(description: "socket: \(errno)") }
        defer { close(descriptor) }
        // RFC 4861 section 6.1.2: a hop limit of 255.
        var (hops, link) = (CInt(255), index)
        setsockopt(
            descriptor, CInt(IPPROTO_IPV6), IPV6_MULTICAST_HOPS, &hops, socklen_t(MemoryLayout<CInt>.size))
        setsockopt(
            descriptor, CInt(IPPROTO_IPV6), IPV6_MULTICAST_IF, &link, socklen_t(MemoryLayout<UInt32>.size))
        // Type, code, checksum (the kernel's), hop limit, flags, router lifetime 1800 s, two timers.
        var message: [UInt8] = [134, 0, 0, 0, 64, 0, 0x07, 0x08] + [UInt8](repeating: 0, count: 8)
        // Prefix information: on link, autonomous; valid and preferred for an hour.
        message += [3, 4, 64, 0xc0, 0, 0, 0x0e, 0x10, 0, 0, 0x0e, 0x10, 0, 0, 0, 0]
        message += network
        var all = sockaddr_in6()
        all.sin6_family = sa_family_t(AF_INET6)
        inet_pton(AF_INET6, "ff02::1", &all.sin6_addr)
        let sent = withUnsafePointer(to: &all) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                sendto(
                    descriptor, message, message.count, 0, address,
                    socklen_t(MemoryLayout<sockaddr_in6>.size))
            }
        }
        guard sent == message.count else { throw Failure(description: "sendto: \(errno)") }
    }
}
