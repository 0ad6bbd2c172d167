// SPDX-License-Identifier: Apache-2.0

/// What is known of an XML document before it is parsed: its root's name, and that it is not too deep and not too large.
///
/// It only counts tags; whether the document is well-formed is for the parser to say.
struct XMLOutline {
    let root: String

    /// EC2's own answers have up to 10 levels.
    private static let deepest = 40
    /// A page of 100 security groups, each with its 60 rules both ways, has some 100,000.
    private static let most = 400_000

    init(_ bytes: [UInt8]) throws(XMLElement.Mistake) {
        var root: String?
        var depth = 0
        var count = 0
        var place = 0
        while let start = bytes[place...].firstIndex(of: UInt8(ascii: "<")) {
            let rest = bytes[start...]
            if rest.starts(with: "<?".utf8) {
                place = try Self.end(of: "?>", bytes, start)
            } else if rest.starts(with: "<!--".utf8) {
                place = try Self.end(of: "-->", bytes, start + 4)
            } else if rest.starts(with: "<![CDATA[".utf8) {
                place = try Self.end(of: "]]>", bytes, start)
            } else if rest.starts(with: "<!".utf8) {
                // Entities of its own are how a small document becomes a large one.
                throw Self.mistake("has a document type")
            } else {
                let end = try Self.endOfTag(bytes, start)
                place = end + 1
                if rest.starts(with: "</".utf8) {
                    depth -= 1
                    continue
                }
                let name = bytes[(start + 1)..<end].prefix { $0 > 0x20 && $0 != UInt8(ascii: "/") }
                root = root ?? String(decoding: name, as: UTF8.self)
                count += 1
                if bytes[end - 1] != UInt8(ascii: "/") { depth += 1 }
                guard depth <= Self.deepest else { throw Self.mistake("nested too deep") }
                guard count <= Self.most else { throw Self.mistake("too many elements") }
            }
        }
        guard let root, !root.isEmpty else { throw Self.mistake("not XML") }
        self.root = root
    }

    private static func end(
        of text: String, _ bytes: [UInt8], _ start: Int
    ) throws(XMLElement.Mistake) -> Int {
        let mark = Array(text.utf8)
        var place = start
        while place + mark.count <= bytes.count {
            if bytes[place] == mark[0], bytes[place..<(place + mark.count)].elementsEqual(mark) {
                return place + mark.count
            }
            place += 1
        }
        throw mistake("cut off")
    }

    /// The place of a tag's `>`; one in an attribute's value is none.
    private static func endOfTag(_ bytes: [UInt8], _ start: Int) throws(XMLElement.Mistake) -> Int {
        var quote: UInt8?
        for place in (start + 1)..<max(start + 1, bytes.count) {
            let byte = bytes[place]
            if let open = quote {
                if byte == open { quote = nil }
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
            } else if byte == UInt8(ascii: ">") {
                return place
            }
        }
        throw mistake("cut off")
    }

    private static func mistake(_ reason: String) -> XMLElement.Mistake {
        XMLElement.Mistake(path: "", reason: reason)
    }
}
