// SPDX-License-Identifier: Apache-2.0

/// The 128-bit FNV-1a hash, which unlike `Hasher`'s is the same in every process and every version: names in the kernel and
/// of files are made of it.
package enum WideHash {
    package static func number(_ bytes: [UInt8]) -> UInt128 {
        var hash: UInt128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d
        for byte in bytes {
            hash = (hash ^ UInt128(byte)) &* 0x0000_0000_0100_0000_0000_0000_0000_013b
        }
        return hash
    }
}
