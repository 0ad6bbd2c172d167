// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

extension NFTablesBatch {
    /// Adds an element to a set.
    ///
    /// One that is there already and the same is fine, or with `exclusively` EEXIST. One that is there with
    /// another value or verdict is EEXIST in any case. A comment of one that is there stays.
    public mutating func add(
        _ element: NFTables.Element, to set: NFTables.Set, exclusively: Bool = false
    ) {
        let flags = exclusively ? NLM_F_CREATE | NLM_F_EXCL : NLM_F_CREATE
        append(
            "\(exclusively ? "create" : "add") element \(set) { \(element) }", NFT_MSG_NEWSETELEM,
            flags: Int(flags)
        ) {
            Self.encode(set.records(of: element), of: set, into: &$0)
        }
    }

    /// Removes the element with this key and, for an interval, this last key; ENOENT if there is none.
    public mutating func delete(_ element: NFTables.Element, from set: NFTables.Set) {
        append("delete element \(set) { \(element) }", NFT_MSG_DELSETELEM, flags: 0) { request in
            let records = set.records(of: element).map { record in
                var key = ElementRecord(key: record.key, isIntervalEnd: record.isIntervalEnd)
                key.keyEnd = record.keyEnd
                return key
            }
            Self.encode(records, of: set, into: &request)
        }
    }

    /// Removes all elements of a set.
    public mutating func flushSet(_ name: String, in table: NFTables.TableName) {
        append("flush set \(table) \(name)", NFT_MSG_DELSETELEM, flags: 0) { request in
            request.header(table.family)
            request.attribute(NFTA_SET_ELEM_LIST_TABLE, table.name)
            request.attribute(NFTA_SET_ELEM_LIST_SET, name)
        }
    }

    /// Appends what a message about elements of a set has.
    static func encode(_ records: [ElementRecord], of set: NFTables.Set, into request: inout NetlinkRequest) {
        request.header(set.table.family)
        request.attribute(NFTA_SET_ELEM_LIST_TABLE, set.table.name)
        request.attribute(NFTA_SET_ELEM_LIST_SET, set.name)
        request.nest(NFTA_SET_ELEM_LIST_ELEMENTS) { request in
            for record in records {
                request.nest(NFTA_LIST_ELEM) { record.encode(into: &$0) }
            }
        }
    }
}
