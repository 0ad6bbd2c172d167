// SPDX-License-Identifier: Apache-2.0

internal import CNITypes

/// Who holds a lease, as its file says.
package struct LeaseOwner: Hashable, Sendable {
    package var containerID: String
    /// Nil in a lease of host-local before version 0.7, which holds for all interfaces of the container.
    package var interface: String?

    package init(containerID: String, interface: String?) {
        self.containerID = containerID
        self.interface = interface
    }

    /// The owner of the same container's leases from before there were interface names in them.
    var withoutInterface: LeaseOwner { LeaseOwner(containerID: containerID, interface: nil) }

    /// Reads a lease file's content; nil if it names nobody.
    ///
    /// Such a file is what a plugin that died between open(2) and write(2) leaves, or a power failure
    /// between write(2) and the disk (zeros).
    package init?(leaseContent content: [UInt8]) {
        let isBlank = { (byte: UInt8) in byte == 0 || byte == 0x20 || (0x09...0x0d).contains(byte) }
        guard let first = content.firstIndex(where: { !isBlank($0) }),
            let last = content.lastIndex(where: { !isBlank($0) })
        else { return nil }
        let text = content[first...last]
        let lineEnd = text.indices.dropLast().first { text[$0] == 0x0d && text[$0 + 1] == 0x0a }
        containerID = String(decoding: text[..<(lineEnd ?? text.endIndex)], as: UTF8.self)
        interface = lineEnd.map { String(decoding: text[($0 + 2)...], as: UTF8.self) }
    }

    /// What the lease file has to hold: the reference plugin compares it byte by byte.
    package var leaseContent: [UInt8] {
        Array(containerID.utf8) + (interface.map { [0x0d, 0x0a] + Array($0.utf8) } ?? [])
    }

    /// A name for a file about this owner, from the FNV-1a hash of 128 bits.
    ///
    /// Two owners may have the same, by chance or by design of a hostile one, so the file has to say
    /// whose it is.
    var fileName: String {
        let hash = WideHash.number(leaseContent)
        var digits: [UInt8] = []
        for shift in stride(from: 124, through: 0, by: -4) {
            let digit = UInt8(truncatingIfNeeded: hash >> UInt128(shift) & 15)
            digits.append(digit + (digit < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10))
        }
        return String(decoding: digits, as: UTF8.self)
    }
}
