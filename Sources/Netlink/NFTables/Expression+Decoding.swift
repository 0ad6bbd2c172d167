// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

extension NFTables.Expression {
    /// Decodes the content of an NFTA_LIST_ELEM.
    ///
    /// What has attributes that this package has no word for becomes ``other(name:attributes:)``, and so
    /// never compares equal to what we would write.
    init(_ element: Attributes) throws(MalformedMessage) {
        let name = try Attributes.required(element.string(NFTA_EXPR_NAME), "name of an expression")
        let data = try element.nest(NFTA_EXPR_DATA)
        let known =
            switch name {
            case "meta": try Self.meta(data)
            case "payload": try Self.payload(data)
            case "ct": try Self.connection(data)
            case "fib": try Self.fib(data)
            case "cmp": try Self.compare(data)
            case "range": try Self.range(data)
            case "bitwise": try Self.bitwise(data)
            case "lookup": try Self.lookup(data)
            case "immediate": try Self.immediate(data)
            case "counter": NFTables.Expression.counter
            case "masq": try NFTables.Masquerade(data).map(NFTables.Expression.masquerade)
            case "nat": try NFTables.NAT(data).map(NFTables.Expression.nat)
            default: NFTables.Expression?.none
            }
        self = known ?? .other(name: name, attributes: [UInt8](element[NFTA_EXPR_DATA] ?? []))
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
