// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

/// The settings of the classifier `matchall`: see tc-matchall(8).
public struct Matchall: Hashable, Sendable {
    /// What is done with the packets, one action after the other.
    public var actions: [TrafficAction]
    /// The class that they get; none for none.
    public var classID: TrafficHandle

    /// Creates settings.
    public init(_ actions: [TrafficAction], classID: TrafficHandle = .none) {
        self.actions = actions
        self.classID = classID
    }

    func encode(into request: inout NetlinkRequest) {
        if classID != .none { request.attribute(Int(TCA_MATCHALL_CLASSID), classID.rawValue) }
        TrafficAction.encode(actions, Int(TCA_MATCHALL_ACT), into: &request)
    }

    /// Returns nil for settings that there is no word for here.
    init?(_ options: Attributes) throws(MalformedMessage) {
        let known = [TCA_MATCHALL_CLASSID, TCA_MATCHALL_ACT, TCA_MATCHALL_PCNT, TCA_MATCHALL_PAD].map {
            Int($0)
        }
        // Flags say who does the work: 8, not in hardware, is the kernel's own remark.
        let flags = try options.number(Int(TCA_MATCHALL_FLAGS), UInt32.self) ?? 0
        guard flags & ~UInt32(TCA_CLS_FLAGS_NOT_IN_HW) == 0,
            options.others(than: known + [Int(TCA_MATCHALL_FLAGS)]).isEmpty
        else { return nil }
        classID = TrafficHandle(rawValue: try options.number(Int(TCA_MATCHALL_CLASSID)) ?? 0)
        actions = try TrafficAction.decode(options, Int(TCA_MATCHALL_ACT))
    }
}

/// The settings of the classifier `u32`, without links to other tables: see tc-u32(8).
public struct U32: Hashable, Sendable {
    /// Bits of a packet that have to be so.
    public struct Key: Hashable, Sendable {
        /// The bits.
        public var value: UInt32
        /// Those that count.
        public var mask: UInt32
        /// Where the 4 bytes are, counted from the network header.
        public var offset: Int32
        /// Added to the offset where it is computed from the packet (`nexthdr+`).
        public var offsetMask: Int32

        /// Creates a key; without arguments the one that all packets have.
        public init(_ value: UInt32 = 0, mask: UInt32 = 0, at offset: Int32 = 0, offsetMask: Int32 = 0) {
            self.value = value
            self.mask = mask
            self.offset = offset
            self.offsetMask = offsetMask
        }
    }

    /// What has to hold of a packet, all of it.
    public var keys: [Key]
    /// What is done with the packets, one action after the other.
    public var actions: [TrafficAction]
    /// The class that they get (`flowid`); none for none.
    public var classID: TrafficHandle
    /// The table that it is in, as the kernel numbers them (`ht`); 0 leaves it to the kernel.
    public var table: UInt32 = 0

    /// Creates settings.
    public init(matching keys: [Key] = [Key()], _ actions: [TrafficAction], classID: TrafficHandle = .none) {
        self.keys = keys
        self.actions = actions
        self.classID = classID
    }

    /// The size of struct tc_u32_sel without its keys, which Swift does not import as bytes: flags and the number of keys
    /// are its first and third byte.
    private static let selectorSize = MemoryLayout<tc_u32_sel>.size

    func isSatisfied(by found: U32) -> Bool {
        keys == found.keys && actions == found.actions && classID == found.classID
            && (table == 0 || table == found.table)
    }

    func encode(into request: inout NetlinkRequest) {
        if classID != .none { request.attribute(Int(TCA_U32_CLASSID), classID.rawValue) }
        if table != 0 { request.attribute(Int(TCA_U32_HASH), table) }
        var bytes = [UInt8](repeating: 0, count: Self.selectorSize)
        bytes[0] = UInt8(TC_U32_TERMINAL)
        bytes[2] = UInt8(clamping: keys.count)
        for key in keys {
            let wire = tc_u32_key(
                mask: key.mask.bigEndian, val: key.value.bigEndian, off: key.offset, offmask: key.offsetMask)
            bytes += withUnsafeBytes(of: wire) { [UInt8]($0) }
        }
        request.attribute(Int(TCA_U32_SEL), bytes: bytes)
        TrafficAction.encode(actions, Int(TCA_U32_ACT), into: &request)
    }

    /// Returns nil for a table and for settings that there is no word for here.
    init?(_ options: Attributes) throws(MalformedMessage) {
        let known = [TCA_U32_CLASSID, TCA_U32_HASH, TCA_U32_SEL, TCA_U32_ACT, TCA_U32_PCNT, TCA_U32_PAD]
            .map { Int($0) }
        let flags = try options.number(Int(TCA_U32_FLAGS), UInt32.self) ?? 0
        guard let bytes = options[Int(TCA_U32_SEL)], flags & ~UInt32(TCA_CLS_FLAGS_NOT_IN_HW) == 0,
            options.others(than: known + [Int(TCA_U32_FLAGS)]).isEmpty
        else { return nil }
        guard bytes.count >= Self.selectorSize else {
            throw MalformedMessage("u32 with \(bytes.count) bytes of keys")
        }
        let selector = [UInt8](bytes.prefix(Self.selectorSize))
        // The fourth byte is padding; the others but the number of keys are of jumps and hashes.
        guard selector[0] == UInt8(TC_U32_TERMINAL), selector[1] == 0,
            !selector[4...].contains(where: { $0 != 0 })
        else { return nil }
        keys = []
        var rest = bytes.dropFirst(Self.selectorSize)
        for _ in 0..<selector[2] {
            let key = try rest.header(tc_u32_key.self)
            keys.append(
                Key(
                    UInt32(bigEndian: key.val), mask: UInt32(bigEndian: key.mask), at: key.off,
                    offsetMask: key.offmask))
            rest = rest.after(tc_u32_key.self)
        }
        classID = TrafficHandle(rawValue: try options.number(Int(TCA_U32_CLASSID)) ?? 0)
        table = try options.number(Int(TCA_U32_HASH)) ?? 0
        actions = try TrafficAction.decode(options, Int(TCA_U32_ACT))
    }
}
