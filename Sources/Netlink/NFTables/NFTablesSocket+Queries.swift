// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

extension NFTablesSocket {
    /// Asks for single objects, all in one system call if there are no more than 32, and answers in order.
    ///
    /// Not one moment for the kernel: a change by another process may come in between.
    public func get(_ queries: [NFTables.Query]) throws(NetlinkError) -> [NFTables.Answer] {
        var answers: [NFTables.Answer] = []
        // More replies than that may not fit in the receive buffer.
        var rest = queries[...]
        while !rest.isEmpty {
            answers += try ask(rest.prefix(32))
            rest = rest.dropFirst(32)
        }
        return answers
    }

    private func ask(_ queries: ArraySlice<NFTables.Query>) throws(NetlinkError) -> [NFTables.Answer] {
        var batch = Batch()
        var counts: [Int] = []
        for query in queries {
            let start = batch.count
            query.append(to: &batch)
            counts.append(batch.count - start)
        }
        var replies = try socket.get(batch)[...]
        var answers: [NFTables.Answer] = []
        for (query, count) in zip(queries, counts) {
            var messages: [Message] = []
            for reply in replies.prefix(count) {
                switch reply {
                case .success(let message): messages.append(message)
                case .failure(let error) where error.meansAbsence: break
                case .failure(let error): throw error
                }
            }
            replies = replies.dropFirst(count)
            do throws(MalformedMessage) {
                answers.append(try query.answer(messages))
            } catch {
                throw NetlinkError(operation: query.description, malformed: error)
            }
        }
        return answers
    }

    /// The table of that name, or nil if there is none.
    public func table(_ name: NFTables.TableName) throws(NetlinkError) -> NFTables.Table? {
        guard case .table(let table) = try get([.table(name)])[0] else { return nil }
        return table
    }

    /// The chain of that name, or nil if there is none.
    public func chain(_ name: String, in table: NFTables.TableName) throws(NetlinkError) -> NFTables.Chain? {
        guard case .chain(let chain) = try get([.chain(table, name)])[0] else { return nil }
        return chain
    }

    /// The set or map of that name, or nil if there is none.
    public func set(_ name: String, in table: NFTables.TableName) throws(NetlinkError) -> NFTables.Set? {
        guard case .set(let set) = try get([.set(table, name)])[0] else { return nil }
        return set
    }

    /// The element of a set that stands for a key, or nil if there is none; takes as long whatever the set's
    /// size (Linux 4.15).
    public func element(
        _ key: [NFTables.Value], in set: NFTables.Set
    ) throws(NetlinkError) -> NFTables.Element? {
        guard case .element(let element) = try get([.element(key, in: set)])[0] else { return nil }
        return element
    }
}
