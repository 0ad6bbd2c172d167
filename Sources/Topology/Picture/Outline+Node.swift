// SPDX-License-Identifier: Apache-2.0

extension Outline {
    /// Says what is in a node: each link once, but for idle loopbacks.
    init(_ node: Node) {
        title = [Span("node", .heading), Span(node.name, .name, gap: 1)]
        guard let host = node.host else {
            header = [[Span("no links", .fact)]]
            return
        }
        var builder = OutlineBuilder(node)
        let bridges = host.links.filter(\.isBridge).map { builder.section(of: $0) }
        let uplinks = builder.uplinks()
        let routed = builder.routedSections()
        let links = builder.linkSection(uplinks)
        let lent = builder.lentLinks()
        let others = builder.otherNamespaces()
        header = builder.header(host)
        sections = [links].compactMap { $0 } + bridges + routed + [lent, others].compactMap { $0 }
        if sections.isEmpty, header.isEmpty { header = [[Span("no links", .fact)]] }
        notes = builder.notes()
    }
}
