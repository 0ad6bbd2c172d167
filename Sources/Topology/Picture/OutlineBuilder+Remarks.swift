// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Netlink

extension OutlineBuilder {
    /// Lines on the node as a whole: routes that go through a gateway, and masquerading.
    func header(_ host: Node.Namespace) -> [[Span]] {
        var lines: [[Span]] = []
        let routes = host.routes.filter { $0.route.gateway != nil && $0.route.destination.length > 0 }
        for entry in routes.prefix(6) {
            let link = entry.link.flatMap { host.link($0)?.name }.map { " dev \($0)" } ?? ""
            lines.append([Span("route", .heading)] + Self.words(entry.route.text + link, .fact))
        }
        if routes.count > 6 { lines.append([Span("and \(routes.count - 6) more routes", .fact)]) }
        let lost = Set(node.masqueradesWithoutAddress)
        let masquerades = node.masquerades.filter { !counted.contains($0.address) && !lost.contains($0) }
        if !masquerades.isEmpty {
            let networks = Set(masquerades.compactMap(\.attachment?.network)).sorted {
                $0.isNaturallyBefore($1)
            }
            let shown = networks.prefix(4).map { $0.printable.cut(to: 40) }.joined(separator: ", ")
            let count = masquerades.count == 1 ? "1 address" : "\(masquerades.count) addresses"
            let whose = networks.isEmpty ? "" : " of \(shown)\(networks.count > 4 ? " …" : "")"
            lines.append([Span("masquerade", .heading)] + Self.words(count + whose, .fact))
        }
        return lines
    }

    /// What deserves a remark: lost masquerades, idle namespaces, what the survey could not see.
    func notes() -> [[Span]] {
        var lines: [[Span]] = []
        let lost = node.masqueradesWithoutAddress
        for masquerade in lost.prefix(3) {
            let owner =
                masquerade.attachment.map { " of \($0.description.printable.shortened(to: 40))" } ?? ""
            lines.append(
                Self.words("masqueraded, but nobody has it: \(masquerade.address)\(owner)", .problem))
        }
        if lost.count > 3 { lines.append(Self.words("and \(lost.count - 3) more such addresses", .problem)) }
        let closed = node.publishedPortsWithoutAddress
        for port in closed.prefix(3) {
            let owner = port.attachment.map { " of \($0.description.printable.shortened(to: 40))" } ?? ""
            let text = PortLines([port]).texts.joined()
            lines.append(Self.words("published, but nobody has \(port.address): \(text)\(owner)", .problem))
        }
        if closed.count > 3 { lines.append(Self.words("and \(closed.count - 3) more such ports", .problem)) }
        let idle = idleNamespaces
        if !idle.isEmpty {
            let names = idle.prefix(3).map { $0.printable.shortened(to: 20) }.joined(separator: ", ")
            let more = idle.count > 3 ? " and \(idle.count - 3) more" : ""
            lines.append(Self.words("without links: \(names)\(more)", .fact))
        }
        for note in node.notes.prefix(5) { lines.append(Self.words(note, .problem)) }
        if node.notes.count > 5 {
            lines.append(Self.words("and \(node.notes.count - 5) more notes", .problem))
        }
        return lines
    }

    /// A text that may be broken between its words.
    private static func words(_ text: String, _ role: Span.Role) -> [Span] {
        text.split(separator: " ").map { Span(String($0), role, gap: 1) }
    }
}
