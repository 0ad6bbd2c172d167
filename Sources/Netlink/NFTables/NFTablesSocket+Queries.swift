// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

extension NFTablesSocket {
    /// Asks for single objects, all in one system call if there are no more than 32, and answers in order.
    ///
    /// Not one moment for the kernel: a change by another process may come in between. An element of a set of
    /// intervals that is no concatenation takes a list of the whole set, and more system calls.
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
        for query in queries where !query.needsList { query.append(to: &batch) }
        var replies = try socket.get(batch)[...]
        var answers: [NFTables.Answer] = []
        for query in queries {
            if case .element(let key, let set) = query, query.needsList {
                let element = try elements(of: set)?.first { $0.covers(key) }
                answers.append(element.map(NFTables.Answer.element) ?? .absent)
            } else if let reply = replies.popFirst() {
                answers.append(try answer(query, reply))
            }
        }
        return answers
    }

    private func answer(
        _ query: NFTables.Query, _ reply: NetlinkSocket.Answer
    ) throws(NetlinkError) -> NFTables.Answer {
        switch reply {
        case .message(let message):
            do throws(MalformedMessage) {
                return try query.answer(message)
            } catch {
                throw NetlinkError(operation: query.description, malformed: error)
            }
        case .failure(let error) where error.meansAbsence: return .absent
        case .failure(let error): throw error
        }
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

    /// The element of a set that stands for a key, or nil if there is none.
    ///
    /// Takes the same time for every size of the set (Linux 4.15), but for intervals that are no concatenations.
    public func element(
        _ key: [NFTables.Value], in set: NFTables.Set
    ) throws(NetlinkError) -> NFTables.Element? {
        guard case .element(let element) = try get([.element(key, in: set)])[0] else { return nil }
        return element
    }
}
