// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

extension NFTables.Expression {
    /// Decodes the content of an NFTA_LIST_ELEM.
    ///
    /// What has attributes that this package has no word for becomes ``other(name:attributes:)``, with all of them, and so
    /// never compares equal to what we would write. One of zeros is no such: a later kernel's, that says it does what
    /// earlier ones did.
    init(_ element: Attributes) throws(MalformedMessage) {
        let name = try Attributes.required(element.string(NFTA_EXPR_NAME), "name of an expression")
        let data = try element.nest(NFTA_EXPR_DATA)
        let known: NFTables.Expression? =
            switch name {
            case _ where data.says(moreThan: Self.words(of: name)): nil
            case "meta": try Self.meta(data)
            case "payload": try Self.payload(data)
            case "ct": try Self.connection(data)
            case "fib": try Self.fib(data)
            case "cmp": try Self.compare(data)
            case "range": try Self.range(data)
            case "bitwise": try Self.bitwise(data)
            case "lookup": try Self.lookup(data)
            case "immediate": try Self.immediate(data)
            case "counter": .counter
            case "masq": .masquerade(try NFTables.Masquerade(data))
            case "nat": try NFTables.NAT(data).map(NFTables.Expression.nat)
            default: nil
            }
        self = known ?? .other(name: name, attributes: [UInt8](element[NFTA_EXPR_DATA] ?? []))
    }

    /// The numbers of the attributes that the decoder of an expression reads, or that say nothing.
    private static func words(of name: String) -> AttributeKinds {
        switch name {
        case "meta": AttributeKinds([NFTA_META_KEY, NFTA_META_DREG, NFTA_META_SREG])
        case "payload":
            AttributeKinds([NFTA_PAYLOAD_DREG, NFTA_PAYLOAD_BASE, NFTA_PAYLOAD_OFFSET, NFTA_PAYLOAD_LEN])
        case "ct": AttributeKinds([NFTA_CT_KEY, NFTA_CT_DREG, NFTA_CT_SREG])
        case "fib": AttributeKinds([NFTA_FIB_DREG, NFTA_FIB_RESULT, NFTA_FIB_FLAGS])
        case "cmp": AttributeKinds([NFTA_CMP_SREG, NFTA_CMP_OP, NFTA_CMP_DATA])
        case "range":
            AttributeKinds([NFTA_RANGE_SREG, NFTA_RANGE_OP, NFTA_RANGE_FROM_DATA, NFTA_RANGE_TO_DATA])
        case "bitwise":
            AttributeKinds([
                NFTA_BITWISE_OP, NFTA_BITWISE_SREG, NFTA_BITWISE_DREG, NFTA_BITWISE_LEN, NFTA_BITWISE_MASK,
                NFTA_BITWISE_XOR,
            ])
        // A set's number is only for one that is made in the same batch.
        case "lookup":
            AttributeKinds([
                NFTA_LOOKUP_SET, NFTA_LOOKUP_SET_ID, NFTA_LOOKUP_SREG, NFTA_LOOKUP_DREG, NFTA_LOOKUP_FLAGS,
            ])
        case "immediate": AttributeKinds([NFTA_IMMEDIATE_DREG, NFTA_IMMEDIATE_DATA])
        // What was counted.
        case "counter": AttributeKinds([NFTA_COUNTER_BYTES, NFTA_COUNTER_PACKETS, NFTA_COUNTER_PAD])
        case "masq": AttributeKinds([NFTA_MASQ_FLAGS])
        case "nat":
            AttributeKinds([
                NFTA_NAT_TYPE, NFTA_NAT_FAMILY, NFTA_NAT_REG_ADDR_MIN, NFTA_NAT_REG_ADDR_MAX,
                NFTA_NAT_REG_PROTO_MIN, NFTA_NAT_REG_PROTO_MAX, NFTA_NAT_FLAGS,
            ])
        default: AttributeKinds([Int]())
        }
    }

    private static func meta(_ data: Attributes) throws(MalformedMessage) -> Self? {
        guard let key = try data.bigEndian(NFTA_META_KEY).map(NFTables.MetaKey.init) else { return nil }
        if let register = try data.register(NFTA_META_DREG) { return .meta(key, into: register) }
        return try data.register(NFTA_META_SREG).map { .setMeta(key, from: $0) }
    }

    private static func payload(_ data: Attributes) throws(MalformedMessage) -> Self? {
        guard let register = try data.register(NFTA_PAYLOAD_DREG),
            let base = try data.bigEndian(NFTA_PAYLOAD_BASE),
            let offset = try data.bigEndian(NFTA_PAYLOAD_OFFSET),
            let length = try data.bigEndian(NFTA_PAYLOAD_LEN)
        else { return nil }
        let header = NFTables.Payload.Header(rawValue: base)
        return .payload(NFTables.Payload(header, offset: offset, length: length), into: register)
    }

    private static func connection(_ data: Attributes) throws(MalformedMessage) -> Self? {
        // The original direction's number is zero, and is not both directions.
        guard data[NFTA_CT_DIRECTION] == nil,
            let key = try data.bigEndian(NFTA_CT_KEY).map(NFTables.ConnectionKey.init)
        else { return nil }
        if let register = try data.register(NFTA_CT_DREG) { return .connection(key, into: register) }
        return try data.register(NFTA_CT_SREG).map { .setConnection(key, from: $0) }
    }

    private static func fib(_ data: Attributes) throws(MalformedMessage) -> Self? {
        guard let register = try data.register(NFTA_FIB_DREG),
            let result = try data.bigEndian(NFTA_FIB_RESULT),
            let flags = try data.bigEndian(NFTA_FIB_FLAGS)
        else { return nil }
        return .fib(NFTables.FIB(result: result, flags: flags), into: register)
    }

    private static func compare(_ data: Attributes) throws(MalformedMessage) -> Self? {
        guard let register = try data.register(NFTA_CMP_SREG),
            let comparison = try data.bigEndian(NFTA_CMP_OP).flatMap(NFTables.Comparison.init(number:)),
            let bytes = try data.data(NFTA_CMP_DATA)
        else { return nil }
        return .compare(register, comparison, bytes)
    }

    private static func range(_ data: Attributes) throws(MalformedMessage) -> Self? {
        guard let register = try data.register(NFTA_RANGE_SREG),
            let operation = try data.bigEndian(NFTA_RANGE_OP),
            operation == NFT_RANGE_EQ.rawValue || operation == NFT_RANGE_NEQ.rawValue,
            let from = try data.data(NFTA_RANGE_FROM_DATA), let through = try data.data(NFTA_RANGE_TO_DATA)
        else { return nil }
        return .range(
            register, from: from, through: through, isOutside: operation == NFT_RANGE_NEQ.rawValue)
    }

    private static func bitwise(_ data: Attributes) throws(MalformedMessage) -> Self? {
        // Without an operation (before Linux 5.6) or with the one that it stands for: mask and flip.
        guard try data.bigEndian(NFTA_BITWISE_OP) ?? 0 == 0,
            let source = try data.register(NFTA_BITWISE_SREG),
            let result = try data.register(NFTA_BITWISE_DREG),
            let mask = try data.data(NFTA_BITWISE_MASK), let xor = try data.data(NFTA_BITWISE_XOR)
        else { return nil }
        return .bitwise(source, mask: mask, xor: xor, into: result)
    }

    private static func lookup(_ data: Attributes) throws(MalformedMessage) -> Self? {
        guard let set = data.string(NFTA_LOOKUP_SET), let key = try data.register(NFTA_LOOKUP_SREG) else {
            return nil
        }
        if let register = try data.register(NFTA_LOOKUP_DREG) { return .map(set, key: key, into: register) }
        if try data.bigEndian(NFTA_LOOKUP_DREG) == NFT_REG_VERDICT.rawValue {
            return .verdictMap(set, key: key)
        }
        let flags = try data.bigEndian(NFTA_LOOKUP_FLAGS) ?? 0
        return .lookup(set: set, key: key, isAbsent: flags & UInt32(NFT_LOOKUP_F_INV.rawValue) != 0)
    }

    private static func immediate(_ data: Attributes) throws(MalformedMessage) -> Self? {
        if let verdict = try NFTables.Verdict(data: data.nest(NFTA_IMMEDIATE_DATA)) {
            return .verdict(verdict)
        }
        guard let register = try data.register(NFTA_IMMEDIATE_DREG),
            let bytes = try data.data(NFTA_IMMEDIATE_DATA)
        else { return nil }
        return .immediate(bytes, into: register)
    }
}
