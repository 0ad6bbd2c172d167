// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

extension NFTables.Expression {
    /// The name of the kernel's expression.
    private var name: String {
        switch self {
        case .meta, .setMeta: "meta"
        case .payload: "payload"
        case .connection, .setConnection: "ct"
        case .fib: "fib"
        case .compare: "cmp"
        case .range: "range"
        case .bitwise: "bitwise"
        case .lookup, .map, .verdictMap: "lookup"
        case .immediate, .verdict: "immediate"
        case .counter: "counter"
        case .masquerade: "masq"
        case .nat: "nat"
        case .other(let name, _): name
        }
    }

    /// Appends the content of an NFTA_LIST_ELEM.
    func encode(into request: inout NetlinkRequest) {
        request.attribute(NFTA_EXPR_NAME, name)
        if case .other(_, let attributes) = self {
            request.attribute(NFTA_EXPR_DATA, bytes: attributes)
        } else {
            request.nest(NFTA_EXPR_DATA) { encodeData(into: &$0) }
        }
    }

    private func encodeData(into request: inout NetlinkRequest) {
        switch self {
        case .meta, .setMeta, .payload, .connection, .setConnection, .fib, .immediate:
            encodeLoad(into: &request)
        case .compare, .range, .bitwise, .lookup, .map, .verdictMap: encodeMatch(into: &request)
        case .verdict(let verdict):
            request.attribute(NFTA_IMMEDIATE_DREG, bigEndian: NFT_REG_VERDICT.rawValue)
            request.nest(NFTA_IMMEDIATE_DATA) { verdict.encode(into: &$0) }
        case .masquerade(let masquerade): masquerade.encode(into: &request)
        case .nat(let nat): nat.encode(into: &request)
        case .counter, .other: break
        }
    }

    /// The steps that load or store something.
    private func encodeLoad(into request: inout NetlinkRequest) {
        switch self {
        case .meta(let key, let register):
            request.attribute(NFTA_META_KEY, bigEndian: key.rawValue)
            request.attribute(NFTA_META_DREG, register)
        case .setMeta(let key, let register):
            request.attribute(NFTA_META_KEY, bigEndian: key.rawValue)
            request.attribute(NFTA_META_SREG, register)
        case .payload(let payload, let register):
            request.attribute(NFTA_PAYLOAD_DREG, register)
            request.attribute(NFTA_PAYLOAD_BASE, bigEndian: payload.header.rawValue)
            request.attribute(NFTA_PAYLOAD_OFFSET, bigEndian: payload.offset)
            request.attribute(NFTA_PAYLOAD_LEN, bigEndian: payload.length)
        case .connection(let key, let register):
            request.attribute(NFTA_CT_KEY, bigEndian: key.rawValue)
            request.attribute(NFTA_CT_DREG, register)
        case .setConnection(let key, let register):
            request.attribute(NFTA_CT_KEY, bigEndian: key.rawValue)
            request.attribute(NFTA_CT_SREG, register)
        case .fib(let fib, let register):
            request.attribute(NFTA_FIB_DREG, register)
            request.attribute(NFTA_FIB_RESULT, bigEndian: fib.result)
            request.attribute(NFTA_FIB_FLAGS, bigEndian: fib.flags)
        case .immediate(let bytes, let register):
            request.attribute(NFTA_IMMEDIATE_DREG, register)
            request.data(NFTA_IMMEDIATE_DATA, bytes)
        default: break
        }
    }

    /// The steps that look at what was loaded.
    private func encodeMatch(into request: inout NetlinkRequest) {
        switch self {
        case .compare(let register, let comparison, let bytes):
            request.attribute(NFTA_CMP_SREG, register)
            request.attribute(NFTA_CMP_OP, bigEndian: comparison.number)
            request.data(NFTA_CMP_DATA, bytes)
        case .range(let register, let from, let through, let isOutside):
            let operation = isOutside ? NFT_RANGE_NEQ : NFT_RANGE_EQ
            request.attribute(NFTA_RANGE_SREG, register)
            request.attribute(NFTA_RANGE_OP, bigEndian: operation.rawValue)
            request.data(NFTA_RANGE_FROM_DATA, from)
            request.data(NFTA_RANGE_TO_DATA, through)
        case .bitwise(let register, let mask, let xor, let result):
            request.attribute(NFTA_BITWISE_SREG, register)
            request.attribute(NFTA_BITWISE_DREG, result)
            request.attribute(NFTA_BITWISE_LEN, bigEndian: UInt32(mask.count))
            request.data(NFTA_BITWISE_MASK, mask)
            request.data(NFTA_BITWISE_XOR, xor)
        case .lookup(let set, let key, let isAbsent):
            request.attribute(NFTA_LOOKUP_SET, set)
            request.attribute(NFTA_LOOKUP_SREG, key)
            if isAbsent {
                request.attribute(NFTA_LOOKUP_FLAGS, bigEndian: UInt32(NFT_LOOKUP_F_INV.rawValue))
            }
        case .map(let set, let key, let result):
            request.attribute(NFTA_LOOKUP_SET, set)
            request.attribute(NFTA_LOOKUP_SREG, key)
            request.attribute(NFTA_LOOKUP_DREG, result)
        case .verdictMap(let set, let key):
            request.attribute(NFTA_LOOKUP_SET, set)
            request.attribute(NFTA_LOOKUP_SREG, key)
            request.attribute(NFTA_LOOKUP_DREG, bigEndian: NFT_REG_VERDICT.rawValue)
        default: break
        }
    }
}

extension NFTables.Comparison {
    var number: UInt32 {
        switch self {
        case .equal: NFT_CMP_EQ.rawValue
        case .notEqual: NFT_CMP_NEQ.rawValue
        case .less: NFT_CMP_LT.rawValue
        case .lessOrEqual: NFT_CMP_LTE.rawValue
        case .greater: NFT_CMP_GT.rawValue
        case .greaterOrEqual: NFT_CMP_GTE.rawValue
        }
    }

    init?(number: UInt32) {
        guard let comparison = Self.allCases.first(where: { $0.number == number }) else { return nil }
        self = comparison
    }
}
