// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

// The kernel's nf_tables headers name their enumerations, which Swift imports as types of their own.

extension NetlinkRequest {
    /// Appends what every nf_tables message starts with.
    mutating func header(_ family: NFTables.Family) {
        header(nfgenmsg(nfgen_family: family.number, version: UInt8(NFNETLINK_V0), res_id: 0))
    }

    mutating func attribute(_ kind: some RawRepresentable<UInt32>, bytes: [UInt8]) {
        attribute(Int(kind.rawValue), bytes: bytes)
    }

    mutating func attribute(_ kind: some RawRepresentable<UInt32>, _ text: String) {
        attribute(Int(kind.rawValue), text)
    }

    mutating func attribute<Number: FixedWidthInteger>(
        _ kind: some RawRepresentable<UInt32>, bigEndian value: Number
    ) {
        attribute(Int(kind.rawValue), bigEndian: value)
    }

    mutating func nest(_ kind: some RawRepresentable<UInt32>, _ body: (inout NetlinkRequest) -> Void) {
        nest(Int(kind.rawValue), body)
    }

    /// Appends a value wrapped as nf_tables wraps every value.
    mutating func data(_ kind: some RawRepresentable<UInt32>, _ value: [UInt8]) {
        nest(kind) { $0.attribute(NFTA_DATA_VALUE, bytes: value) }
    }

    /// Appends a register's number.
    mutating func attribute(_ kind: some RawRepresentable<UInt32>, _ register: NFTables.Register) {
        attribute(kind, bigEndian: register.number)
    }
}

extension Attributes {
    subscript(kind: some RawRepresentable<UInt32>) -> ArraySlice<UInt8>? { self[Int(kind.rawValue)] }

    func bigEndian(_ kind: some RawRepresentable<UInt32>) throws(MalformedMessage) -> UInt32? {
        try bigEndian(Int(kind.rawValue), UInt32.self)
    }

    func string(_ kind: some RawRepresentable<UInt32>) -> String? { string(Int(kind.rawValue)) }

    func nest(_ kind: some RawRepresentable<UInt32>) throws(MalformedMessage) -> Attributes {
        try nest(Int(kind.rawValue))
    }

    /// The bytes of a wrapped value.
    func data(_ kind: some RawRepresentable<UInt32>) throws(MalformedMessage) -> [UInt8]? {
        try nest(kind)[NFTA_DATA_VALUE].map { [UInt8]($0) }
    }

    /// The register with this number, or nil if there is none or it is no data register.
    func register(_ kind: some RawRepresentable<UInt32>) throws(MalformedMessage) -> NFTables.Register? {
        try bigEndian(kind).flatMap(NFTables.Register.init(number:))
    }

    /// Whether there are attributes of other numbers that are not all zeros.
    func says(moreThan known: AttributeKinds) -> Bool {
        var saysMore = false
        forEach { kind, attribute in
            if !known.contains(kind), attribute.dropFirst(4).contains(where: { $0 != 0 }) { saysMore = true }
        }
        return saysMore
    }

    /// What `value` has found, or an error that names what is missing.
    static func required<Value>(
        _ value: Value?, _ name: @autoclosure () -> String
    ) throws(MalformedMessage) -> Value {
        guard let value else { throw MalformedMessage("no usable \(name())") }
        return value
    }
}

extension AttributeKinds {
    init(_ kinds: [some RawRepresentable<UInt32>]) { self.init(kinds.map { Int($0.rawValue) }) }
}

extension Message {
    /// The family and the attributes of an nf_tables message of a type such as NFT_MSG_NEWTABLE; nil if it
    /// is another.
    func nftables(
        _ type: nf_tables_msg_types
    ) throws(MalformedMessage) -> (family: NFTables.Family, attributes: Attributes)? {
        guard self.type == type.messageType else { return nil }
        let header = try payload.header(nfgenmsg.self)
        let family = NFTables.Family(number: header.nfgen_family)
        return (
            try Attributes.required(family, "family in \(header.nfgen_family)"),
            try Attributes(payload.after(nfgenmsg.self))
        )
    }
}

extension nf_tables_msg_types {
    /// The type of a netlink message: the subsystem's number and ours.
    var messageType: Int { Int(NFNL_SUBSYS_NFTABLES) << 8 | Int(rawValue) }
}
