// SPDX-License-Identifier: Apache-2.0

/// A place in a JSON document, written as in `ipam.ranges[0][1].subnet`.
indirect enum DocumentPath {
    /// The place where decoding starts, which is "" for the whole document.
    case root(String)
    /// A member of an object.
    case member(DocumentPath, String)
    /// An element of a list.
    case element(DocumentPath, Int)

    /// The place as a `Decoder` has to tell it.
    var codingPath: [any CodingKey] {
        switch self {
        case .root(let text): text.isEmpty ? [] : [MemberKey(text)]
        case .member(let parent, let key): parent.codingPath + [MemberKey(key)]
        case .element(let parent, let index): parent.codingPath + [MemberKey(index)]
        }
    }

    /// A `Decoder`'s coding path as text.
    static func text(_ codingPath: [any CodingKey]) -> String {
        var text = ""
        for key in codingPath {
            if let index = key.intValue {
                text += "[\(index)]"
            } else {
                text += text.isEmpty ? key.stringValue : ".\(key.stringValue)"
            }
        }
        return text
    }
}

/// A key of an object or an index into a list.
struct MemberKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(_ name: String) {
        stringValue = name
        intValue = nil
    }

    init(_ index: Int) {
        stringValue = "\(index)"
        intValue = index
    }

    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { self.init(intValue) }
}
