// SPDX-License-Identifier: Apache-2.0

/// The members of a JSON object, each key once, in the order of the keys.
///
/// A sorted list, not a dictionary: a configuration has a handful of keys, and making a dictionary's type costs a plugin
/// a fifth of its start.
public struct JSONObject: Hashable, Sendable {
    /// A key with its value; not a tuple, as lists of those are one more type to make.
    struct Member: Hashable, Sendable {
        let key: String
        var value: JSON
    }

    private var members: [Member] = []

    /// Creates an object without members.
    public init() {}

    /// Creates an object from members in any order; of equal keys the last one counts.
    init(_ members: [Member]) {
        self.members = members
        if !isInOrder { sort() }
    }

    /// Creates an object from a dictionary.
    public init(_ dictionary: [String: JSON]) {
        self.init(dictionary.map { Member(key: $0.key, value: $0.value) })
    }

    /// The value under exactly this key; nil removes it.
    public subscript(key: String) -> JSON? {
        get {
            let index = index(of: key)
            return isKey(key, at: index) ? members[index].value : nil
        }
        set {
            let index = index(of: key)
            switch (isKey(key, at: index), newValue) {
            case (true, let value?): members[index].value = value
            case (true, nil): members.remove(at: index)
            case (false, let value?): members.insert(Member(key: key, value: value), at: index)
            case (false, nil): break
            }
        }
    }

    /// The keys, sorted.
    public var keys: [String] { members.map(\.key) }

    /// The member under `key`, else under the first key that differs in ASCII letter case alone.
    ///
    /// Configurations are written for plugins whose parser (Go's encoding/json) ignores letter case.
    func member(_ key: String) -> JSON? {
        self[key] ?? members.first { $0.key.equalsIgnoringASCIICase(key) }?.value
    }

    /// The member under `key`, else under the first key that differs in ASCII letter case and underscores alone.
    func member(spelledLike key: String) -> JSON? {
        self[key] ?? members.first { $0.key.equalsIgnoringSpelling(key) }?.value
    }

    /// The place of a key, or the one where it belongs.
    private func index(of key: String) -> Int {
        var (low, high) = (0, members.count)
        while low < high {
            let middle = (low + high) / 2
            if members[middle].key < key { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func isKey(_ key: String, at index: Int) -> Bool {
        index < members.count && members[index].key == key
    }

    private var isInOrder: Bool {
        for index in members.indices.dropFirst() where members[index - 1].key >= members[index].key {
            return false
        }
        return true
    }

    /// Sorts the members and leaves the last one of each key; takes n log n steps for any input.
    private mutating func sort() {
        let order = members.indices.sorted { (members[$0].key, $0) < (members[$1].key, $1) }
        var sorted: [Member] = []
        sorted.reserveCapacity(members.count)
        for index in order {
            if sorted.last?.key == members[index].key { sorted.removeLast() }
            sorted.append(members[index])
        }
        members = sorted
    }
}

extension JSONObject: RandomAccessCollection {
    /// The place of the first member.
    public var startIndex: Int { 0 }
    /// The number of members.
    public var endIndex: Int { members.count }
    /// The member at a place.
    public subscript(position: Int) -> (key: String, value: JSON) {
        (members[position].key, members[position].value)
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    /// Creates an object; of equal keys the last one counts.
    public init(dictionaryLiteral elements: (String, JSON)...) {
        self.init(elements.map { Member(key: $0.0, value: $0.1) })
    }
}
