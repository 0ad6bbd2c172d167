// SPDX-License-Identifier: Apache-2.0

internal import CLibNL
internal import Glibc

/// Changes to nf_tables that happen together or not at all, in their order.
///
/// Building a batch asks nothing of the kernel. What one change makes, the next can use.
public struct NFTablesBatch: Sendable {
    private(set) var batch = Batch()
    /// The first change that cannot be said to the kernel.
    private(set) var problem: NetlinkError?
    private var lastSetID: UInt32 = 0

    /// Creates an empty batch.
    public init() {}

    /// The number of changes.
    public var count: Int { batch.count }

    /// Whether there is nothing to change.
    public var isEmpty: Bool { batch.isEmpty }

    /// The changes in the words of nft(8), as `add table inet cni; delete chain inet cni old`, cut after
    /// the first few.
    public var summary: String {
        var text = batch.entries.first?.operation ?? "nothing"
        for (index, entry) in batch.entries.enumerated().dropFirst() {
            guard text.utf8.count + entry.operation.utf8.count < 250 else {
                return "\(text); and \(count - index) more"
            }
            text += "; \(entry.operation)"
        }
        return text
    }

    /// Creates a table; one that is there already is fine, or with `exclusively` EEXIST.
    public mutating func add(_ table: NFTables.Table, exclusively: Bool = false) {
        append("\(exclusively ? "create" : "add") table \(table.name)", NFT_MSG_NEWTABLE, exclusively) {
            table.encode(into: &$0)
        }
    }

    /// Removes a table with everything in it; with `ifEmpty` it is EBUSY if something is (Linux 4.14).
    public mutating func delete(_ table: NFTables.TableName, ifEmpty: Bool = false) {
        append("delete table \(table)", NFT_MSG_DELTABLE, flags: Self.deletion(ifEmpty)) { request in
            request.header(table.family)
            request.attribute(NFTA_TABLE_NAME, table.name)
        }
    }

    /// Creates a chain; one that is there already gets the policy, or with `exclusively` it is EEXIST.
    public mutating func add(_ chain: NFTables.Chain, exclusively: Bool = false) {
        append("\(exclusively ? "create" : "add") chain \(chain)", NFT_MSG_NEWCHAIN, exclusively) {
            chain.encode(into: &$0)
        }
    }

    /// Removes a chain and its rules; EBUSY if something jumps to it, and with `ifEmpty` if it has rules (Linux 4.14).
    public mutating func deleteChain(
        _ name: String, in table: NFTables.TableName, ifEmpty: Bool = false
    ) {
        append("delete chain \(table) \(name)", NFT_MSG_DELCHAIN, flags: Self.deletion(ifEmpty)) { request in
            request.header(table.family)
            request.attribute(NFTA_CHAIN_TABLE, table.name)
            request.attribute(NFTA_CHAIN_NAME, name)
        }
    }

    /// Removes all rules of a chain.
    public mutating func flushChain(_ name: String, in table: NFTables.TableName) {
        append("flush chain \(table) \(name)", NFT_MSG_DELRULE) { request in
            request.header(table.family)
            request.attribute(NFTA_RULE_TABLE, table.name)
            request.attribute(NFTA_RULE_CHAIN, name)
        }
    }

    /// Creates a set; one that is there already and the same is fine, or with `exclusively` EEXIST.
    public mutating func add(_ set: NFTables.Set, exclusively: Bool = false) {
        let operation =
            "\(exclusively ? "create" : "add") \(set.kind == .set ? "set" : "map") \(set)"
        // The kernel compares bounds byte by byte, which is wrong for numbers in the machine's byte order.
        if set.isInterval, set.key.contains(.mark) {
            refuse(operation, "intervals of marks are not supported")
        }
        lastSetID += 1
        let id = lastSetID
        append(operation, NFT_MSG_NEWSET, exclusively) { set.encode(into: &$0, id: id) }
    }

    /// Removes a set and its elements; EBUSY if a rule looks packets up in it.
    public mutating func deleteSet(_ name: String, in table: NFTables.TableName) {
        append("delete set \(table) \(name)", NFT_MSG_DELSET) { request in
            request.header(table.family)
            request.attribute(NFTA_SET_TABLE, table.name)
            request.attribute(NFTA_SET_NAME, name)
        }
    }

    mutating func refuse(_ operation: String, _ reason: String) {
        problem = problem ?? NetlinkError(operation: operation, errno: EOPNOTSUPP, kernelMessage: reason)
    }

    mutating func append(
        _ operation: @autoclosure @escaping @Sendable () -> String, _ type: nf_tables_msg_types, flags: Int,
        _ build: (inout NetlinkRequest) -> Void
    ) {
        batch.append(operation(), type: type.messageType, flags: flags, build)
    }

    private static func deletion(_ ifEmpty: Bool) -> Int { ifEmpty ? Int(NLM_F_NONREC) : 0 }

    /// Appends a creation, or with nil for `exclusively` a removal.
    private mutating func append(
        _ operation: @autoclosure @escaping @Sendable () -> String, _ type: nf_tables_msg_types,
        _ exclusively: Bool? = nil, _ build: (inout NetlinkRequest) -> Void
    ) {
        let flags = exclusively.map { $0 ? NLM_F_CREATE | NLM_F_EXCL : NLM_F_CREATE } ?? 0
        append(operation(), type, flags: Int(flags), build)
    }
}
