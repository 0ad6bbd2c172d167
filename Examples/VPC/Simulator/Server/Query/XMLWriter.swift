// SPDX-License-Identifier: Apache-2.0

/// Writes an XML document element by element.
struct XMLWriter {
    private(set) var text = ""

    /// An element with a text; none for nil.
    mutating func element(_ name: String, _ value: String?) {
        guard let value else { return }
        text += "<\(name)>"
        escape(value)
        text += "</\(name)>"
    }

    mutating func element(_ name: String, _ value: Bool) { element(name, value ? "true" : "false") }

    mutating func element(_ name: String, _ value: Int?) { element(name, value.map { String($0) }) }

    /// An element with others in it.
    mutating func group(_ name: String, attributes: String = "", _ write: (inout XMLWriter) -> Void) {
        text += "<\(name)\(attributes)>"
        write(&self)
        text += "</\(name)>"
    }

    /// A list of items, there even if it is empty.
    mutating func list<Items: Sequence>(
        _ name: String, _ items: Items, _ write: (inout XMLWriter, Items.Element) -> Void
    ) {
        group(name) { writer in
            for item in items { writer.group("item") { write(&$0, item) } }
        }
    }

    /// A list of texts.
    mutating func texts(_ name: String, _ items: [String]) {
        group(name) { writer in for item in items { writer.element("item", item) } }
    }

    /// What another writer has written.
    mutating func append(_ other: XMLWriter) { text += other.text }

    /// Writes a text; what XML 1.0 has no characters for becomes U+FFFD, and line ends stay what they are.
    private mutating func escape(_ value: String) {
        for scalar in value.unicodeScalars {
            switch scalar {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            case "\r": text += "&#13;"
            case "\t", "\n", "\u{20}"..."\u{d7ff}", "\u{e000}"..."\u{fffd}", "\u{10000}"...:
                text.unicodeScalars.append(scalar)
            default: text += "\u{fffd}"
            }
        }
    }
}
