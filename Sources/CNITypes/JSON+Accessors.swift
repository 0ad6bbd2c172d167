// SPDX-License-Identifier: Apache-2.0

extension JSON {
    /// The text of a string, else nil.
    public var string: String? {
        if case .string(let value) = self { value } else { nil }
    }

    /// The value of a whole number that fits, else nil.
    public var int: Int? {
        switch self {
        case .integer(let value): Int(exactly: value)
        case .unsigned(let value): Int(exactly: value)
        case .number(let value): value.exactly()
        default: nil
        }
    }

    /// The value of a boolean, else nil.
    public var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The elements of a list, else nil.
    public var array: [JSON]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// The members of an object, else nil.
    public var object: JSONObject? {
        if case .object(let members) = self { members } else { nil }
    }

    /// Whether this is `null`.
    public var isNull: Bool { self == .null }

    /// The member of an object under `key`, or, if there is none, under `key` in other letter case.
    ///
    /// Setting writes exactly `key`, nil removes it and other spellings of it; what is not an object
    /// becomes one.
    public subscript(key: String) -> JSON? {
        get {
            guard case .object(let members) = self else { return nil }
            return members.member(key)
        }
        set {
            var members = object ?? [:]
            for spelling in members.keys where spelling != key && spelling.equalsIgnoringASCIICase(key) {
                members[spelling] = nil
            }
            members[key] = newValue
            self = .object(members)
        }
    }

    /// What this is, in the words of an error message.
    var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer, .unsigned, .number: "a number"
        case .string: "a string"
        case .array: "a list"
        case .object: "an object"
        }
    }
}

extension String {
    /// Whether two texts differ at most in the case of ASCII letters.
    func equalsIgnoringASCIICase(_ other: String) -> Bool {
        let (left, right) = (utf8, other.utf8)
        return left.count == right.count && zip(left, right).allSatisfy { $0.lowercased == $1.lowercased }
    }

    /// Whether two texts differ at most in the case of ASCII letters and in underscores.
    func equalsIgnoringSpelling(_ other: String) -> Bool {
        var right = other.utf8.makeIterator()
        func next() -> UInt8? {
            while let byte = right.next() { if byte != UInt8(ascii: "_") { return byte.lowercased } }
            return nil
        }
        for byte in utf8 where byte != UInt8(ascii: "_") {
            if next() != byte.lowercased { return false }
        }
        return next() == nil
    }
}

extension UInt8 {
    fileprivate var lowercased: UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) ? self | 0x20 : self
    }
}

extension Double {
    /// The integer that this is, or nil if it is none or does not fit.
    ///
    /// `T(exactly:)` calls `trunc`, which would make the mathematics library a need of all who link us.
    func exactly<T: FixedWidthInteger>(_ type: T.Type = T.self) -> T? {
        guard self >= -0x1p63, self < 0x1p64 else { return nil }
        if self < 0 {
            let whole = Int64(self)
            return Double(whole) == self ? T(exactly: whole) : nil
        }
        let whole = UInt64(self)
        return Double(whole) == self ? T(exactly: whole) : nil
    }
}
