// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

extension NFTables {
    /// One of the 16 places of 4 bytes each in which a rule keeps what it has loaded.
    ///
    /// Longer values take the places that follow, too: an IPv6 address four, an interface's name four.
    public enum Register: UInt8, Hashable, Sendable, CaseIterable {
        /// The first place.
        case r0 = 0
        /// The place after 4 bytes.
        case r1
        /// The place after 8 bytes.
        case r2
        /// The place after 12 bytes.
        case r3
        /// The place after 16 bytes.
        case r4
        /// The place after 20 bytes.
        case r5
        /// The place after 24 bytes.
        case r6
        /// The place after 28 bytes.
        case r7
        /// The place after 32 bytes.
        case r8
        /// The place after 36 bytes.
        case r9
        /// The place after 40 bytes.
        case r10
        /// The place after 44 bytes.
        case r11
        /// The place after 48 bytes.
        case r12
        /// The place after 52 bytes.
        case r13
        /// The place after 56 bytes.
        case r14
        /// The place after 60 bytes.
        case r15
    }
}

extension NFTables.Register {
    /// The kernel's number: places at multiples of 16 bytes have the numbers from before there were others
    /// (nft_dump_register() in the kernel).
    var number: UInt32 {
        let place = UInt32(rawValue)
        return place % 4 == 0 ? NFT_REG_1.rawValue + place / 4 : NFT_REG32_00.rawValue + place
    }

    init?(number: UInt32) {
        switch number {
        case NFT_REG_1.rawValue...NFT_REG_4.rawValue:
            self.init(rawValue: UInt8((number - NFT_REG_1.rawValue) * 4))
        case NFT_REG32_00.rawValue...NFT_REG32_15.rawValue:
            self.init(rawValue: UInt8(number - NFT_REG32_00.rawValue))
        default: return nil
        }
    }

    /// The place after a value of so many bytes in this place; nil past the last.
    func after(_ length: Int) -> NFTables.Register? {
        // All registers together hold 64 bytes.
        guard length <= 64 else { return nil }
        return NFTables.Register(rawValue: rawValue + UInt8((length + 3) / 4))
    }
}
