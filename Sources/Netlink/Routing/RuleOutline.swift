// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import CLibNL

/// What tells most rules apart, compared with the kernel's bytes as they are.
struct RuleOutline {
    private let priority: UInt32
    private let source: [UInt8]
    private let destination: [UInt8]
    private let lengths: (source: UInt8, destination: UInt8)

    init(_ rule: Rule) {
        priority = rule.priority
        source = rule.source?.first.bytes ?? []
        destination = rule.destination?.first.bytes ?? []
        lengths = (UInt8(rule.source?.length ?? 0), UInt8(rule.destination?.length ?? 0))
    }

    /// Whether a message from the kernel may be of such a rule; true for one that makes no sense, which decoding says.
    func fits(_ payload: ArraySlice<UInt8>) -> Bool {
        payload.withUnsafeBytes { bytes in
            let headerSize = MemoryLayout<fib_rule_hdr>.size
            guard bytes.count >= headerSize else { return true }
            // family, dst_len, src_len
            guard bytes[1] == lengths.destination, bytes[2] == lengths.source else { return false }
            var (start, found): (Int, UInt32) = (headerSize, 0)
            while bytes.count - start >= 4 {
                let length = Int(bytes.loadUnaligned(fromByteOffset: start, as: UInt16.self))
                let kind = Int(bytes.loadUnaligned(fromByteOffset: start + 2, as: UInt16.self))
                guard length >= 4, length <= bytes.count - start else { return true }
                let value = UnsafeRawBufferPointer(rebasing: bytes[start + 4..<start + length])
                switch kind {
                case Int(FRA_PRIORITY) where value.count == 4: found = value.loadUnaligned(as: UInt32.self)
                case Int(FRA_SRC): if !source.isEmpty, !value.elementsEqual(source) { return false }
                case Int(FRA_DST): if !destination.isEmpty, !value.elementsEqual(destination) { return false }
                default: break
                }
                start += (length + 3) & ~3
            }
            return found == priority
        }
    }
}
