// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

/// An element as it goes over the wire, its key in bytes.
///
/// It differs from ``NFTables/Element`` in sets of intervals of a single field: there an interval is two
/// records, its start and the first key past its end.
struct ElementRecord: Hashable {
    var key: [UInt8]
    var keyEnd: [UInt8]?
    var isIntervalEnd = false
    var data: NFTables.Element.Data?
    var comment: String?

    /// A record that only names a key.
    init(key: [UInt8], isIntervalEnd: Bool = false) {
        self.key = key
        self.isIntervalEnd = isIntervalEnd
    }

    func encode(into request: inout NetlinkRequest) {
        request.data(NFTA_SET_ELEM_KEY, key)
        if let keyEnd { request.data(NFTA_SET_ELEM_KEY_END, keyEnd) }
        if isIntervalEnd {
            request.attribute(NFTA_SET_ELEM_FLAGS, bigEndian: NFT_SET_ELEM_INTERVAL_END.rawValue)
        }
        switch data {
        case .values(let values): request.data(NFTA_SET_ELEM_DATA, values.bytes)
        case .verdict(let verdict):
            request.nest(NFTA_SET_ELEM_DATA) { verdict.encode(into: &$0) }
        case nil: break
        }
        request.userData(NFTA_SET_ELEM_USERDATA, NFTables.UserData(comment: comment))
    }

    init(_ attributes: Attributes, _ kind: NFTables.Set.Kind) throws(MalformedMessage) {
        key = try Attributes.required(attributes.data(NFTA_SET_ELEM_KEY), "key of an element")
        keyEnd = try attributes.data(NFTA_SET_ELEM_KEY_END)
        let flags = try attributes.bigEndian(NFTA_SET_ELEM_FLAGS) ?? 0
        isIntervalEnd = flags & NFT_SET_ELEM_INTERVAL_END.rawValue != 0
        let nest = try attributes.nest(NFTA_SET_ELEM_DATA)
        if let verdict = try NFTables.Verdict(data: nest) {
            data = .verdict(verdict)
        } else if case .map(let types) = kind, let bytes = nest[NFTA_DATA_VALUE] {
            data = .values(try [NFTables.Value](bytes, types))
        }
        comment = attributes.userData(NFTA_SET_ELEM_USERDATA).text(NFTables.UserData.comment)
    }

    /// The records in a message about elements of a set; nil if the message is about something else.
    static func all(
        in message: Message, of set: NFTables.Set
    ) throws(MalformedMessage) -> [ElementRecord]? {
        guard let (_, attributes) = try message.nftables(NFT_MSG_NEWSETELEM) else { return nil }
        var records: [ElementRecord] = []
        for element in try attributes.nest(NFTA_SET_ELEM_LIST_ELEMENTS).contents() {
            let attributes = try Attributes(element)
            let flags = try attributes.bigEndian(NFTA_SET_ELEM_FLAGS) ?? 0
            // A catch-all (`*`, Linux 5.13) has no key.
            guard flags & NFT_SET_ELEM_CATCHALL.rawValue == 0 else { continue }
            records.append(try ElementRecord(attributes, set.kind))
        }
        return records
    }
}

extension NFTables.Set {
    /// What an element is on the wire.
    func records(of element: NFTables.Element) -> [ElementRecord] {
        var start = ElementRecord(key: element.key.bytes)
        start.data = element.data
        start.comment = element.comment
        let last = (element.keyEnd ?? element.key).bytes
        guard splitsIntervals else {
            if isInterval { start.keyEnd = last }
            return [start]
        }
        // An interval up to the very last key has no end.
        guard let end = last.successor else { return [start] }
        return [start, ElementRecord(key: end, isIntervalEnd: true)]
    }

    /// What records stand for, sorted by key.
    func elements(of records: [ElementRecord]) throws(MalformedMessage) -> [NFTables.Element] {
        // An end comes before a start at the same key: it belongs to the interval before.
        let records = records.sorted { one, other in
            one.key == other.key
                ? one.isIntervalEnd && !other.isIntervalEnd
                : one.key.lexicographicallyPrecedes(other.key)
        }
        var elements: [NFTables.Element] = []
        for (index, record) in records.enumerated() where !record.isIntervalEnd {
            var last = record.keyEnd
            if splitsIntervals {
                last = index + 1 < records.count ? records[index + 1].key.predecessor : nil
                last = last ?? [UInt8](repeating: .max, count: record.key.count)
            }
            elements.append(
                NFTables.Element(
                    try [NFTables.Value](record.key[...], key),
                    through: try last.map { last throws(MalformedMessage) in
                        try [NFTables.Value](last[...], key)
                    },
                    data: record.data, comment: record.comment))
        }
        return elements
    }
}

extension NFTables.Element {
    /// Whether the key, of a single field, is the element's or within its bounds.
    func covers(_ key: [NFTables.Value]) -> Bool {
        let bytes = key.bytes
        let isBefore = bytes.lexicographicallyPrecedes(self.key.bytes)
        return !isBefore && !(keyEnd ?? self.key).bytes.lexicographicallyPrecedes(bytes)
    }
}

/// Keys as numbers, most significant byte first.
extension [UInt8] {
    /// The next one; nil after the last.
    var successor: [UInt8]? {
        var next = self
        for index in indices.reversed() {
            next[index] &+= 1
            if next[index] != 0 { return next }
        }
        return nil
    }

    /// The one before; nil before the first.
    var predecessor: [UInt8]? {
        var previous = self
        for index in indices.reversed() {
            previous[index] &-= 1
            if previous[index] != .max { return previous }
        }
        return nil
    }
}
