// SPDX-License-Identifier: Apache-2.0

/// What a picture of a node says, before anything has a place.
struct Outline {
    var title: [Span] = []
    /// Lines on the node as a whole.
    var header: [[Span]] = []
    /// From the outside in: links to elsewhere, bridges, what has no bridge.
    var sections: [Section] = []
    var notes: [[Span]] = []
}

/// Cards that belong together.
struct Section {
    /// How the cards hang together.
    enum Style: Hashable {
        /// They are ports of a bridge.
        case bridge
        /// They are links of the host's own routing.
        case routed
        /// Not at all.
        case plain
    }

    var style: Style
    var title: [Span]
    /// Facts that may go onto as many lines as they need.
    var facts: [[Span]] = []
    var cards: [Card] = []
}

/// A container, or a link of the host's.
struct Card {
    enum Style: String, Hashable {
        case container
        case link
        case tunnel
        /// The other end of a cable that was not found.
        case missing
    }

    /// A link with what it has.
    struct Interface {
        /// Empty if the title is the link's name already.
        var name: [Span] = []
        var facts: [Span] = []
        var addresses: [Span] = []
        /// What needs attention.
        var problems: [Span] = []
    }

    var style: Style
    /// The link on the host's side.
    var port: [Span] = []
    /// The addresses and routes of the link on the host's side.
    var portDetails: [Span] = []
    var title: [Span]
    var interfaces: [Interface] = []
    /// What there is room for only where there are few cards: a word and what it is about.
    var details: [(label: [Span], value: [Span])] = []
    /// The ports of the node that lead there, each as a text.
    var ports = PortLines([])
    /// Whether a default route leaves by it.
    var leadsOutside = false
    /// What cards are sorted by.
    var key = ""
}

/// A piece of text that is printable, and what it means.
struct Span: Hashable {
    enum Role: String, Hashable, CaseIterable {
        case heading
        case name
        case interface
        case port
        case address
        case fact
        case problem
    }

    let text: String
    let role: Role
    /// The link whose name this is; nil for everything else and for a second mention.
    let link: Node.Connection.End?
    /// The number of blanks before it, if it is not the first on its line.
    var gap = 2

    init(_ text: String, _ role: Role, link: Node.Connection.End? = nil, gap: Int = 2) {
        self.text = text.printable
        self.role = role
        self.link = link
        self.gap = gap
    }

    /// The same with another text, which must be printable.
    func with(_ text: String) -> Span { Span(text, role, link: link, gap: gap) }
}

extension [Span] {
    /// The number of columns of the spans on one line.
    var columns: Int {
        enumerated().reduce(0) { $0 + $1.element.text.columns + ($1.offset > 0 ? $1.element.gap : 0) }
    }

    /// The spans on as many lines as they need; nothing is cut.
    func wrapped(to columns: Int) -> [[Span]] {
        var lines: [[Span]] = []
        var line: [Span] = []
        for span in self {
            if !line.isEmpty, (line + [span]).columns > columns {
                lines.append(line)
                line = []
            }
            line.append(span)
        }
        return line.isEmpty ? lines : lines + [line]
    }

    /// The same with words that follow each other as one text.
    var joined: [Span] {
        reduce(into: []) { line, span in
            guard let last = line.last, span.gap == 1, last.role == span.role, last.link == nil,
                span.link == nil
            else { return line.append(span) }
            line[line.count - 1] = last.with("\(last.text) \(span.text)")
        }
    }
}
