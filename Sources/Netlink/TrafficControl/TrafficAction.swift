// SPDX-License-Identifier: Apache-2.0

internal import CLibNL

/// What a filter does with a packet, as `action` of tc(8).
public enum TrafficAction: Hashable, Sendable {
    /// Hands it, or a copy, to another link.
    case mirred(Mirred)
    /// Another one, with its settings (TCA_ACT_OPTIONS) as the kernel has them.
    case other(String, options: [UInt8])

    /// Another link that gets packets: see tc-mirred(8).
    public struct Mirred: Hashable, Sendable {
        /// The number of the link.
        public var index: UInt32
        /// Whether it gets a copy, and the packet goes its own way; else the packet itself.
        public var isCopy: Bool
        /// Whether the packet then comes in by the link; else it leaves by it.
        public var isIngress: Bool
        /// What then becomes of the packet (TC_ACT_…): 4, stolen, for a packet that is gone; 3, pipe, after a copy.
        public var verdict: Int32

        /// Creates the action `mirred egress redirect dev LINK`, or with `isCopy` `mirror`, with `isIngress` `ingress`.
        public init(to index: UInt32, isCopy: Bool = false, isIngress: Bool = false) {
            self.index = index
            self.isCopy = isCopy
            self.isIngress = isIngress
            verdict = isCopy ? TC_ACT_PIPE : TC_ACT_STOLEN
        }

        fileprivate init?(_ options: Attributes) throws(MalformedMessage) {
            guard let bytes = options[Int(TCA_MIRRED_PARMS)] else {
                throw MalformedMessage("mirred without settings")
            }
            let settings = try bytes.header(tc_mirred.self)
            let known = TCA_EGRESS_REDIR...TCA_INGRESS_MIRROR
            // With other attributes it does something that there is no word for here.
            guard known.contains(settings.eaction),
                options.others(than: [Int(TCA_MIRRED_PARMS), Int(TCA_MIRRED_TM), Int(TCA_MIRRED_PAD)]).isEmpty
            else { return nil }
            index = settings.ifindex
            isCopy = settings.eaction == TCA_EGRESS_MIRROR || settings.eaction == TCA_INGRESS_MIRROR
            isIngress = settings.eaction == TCA_INGRESS_REDIR || settings.eaction == TCA_INGRESS_MIRROR
            verdict = settings.action
        }

        fileprivate func encode(into request: inout NetlinkRequest) {
            var settings = tc_mirred()
            settings.eaction =
                isIngress
                ? (isCopy ? TCA_INGRESS_MIRROR : TCA_INGRESS_REDIR)
                : (isCopy ? TCA_EGRESS_MIRROR : TCA_EGRESS_REDIR)
            settings.ifindex = index
            settings.action = verdict
            request.attribute(Int(TCA_MIRRED_PARMS), bytes: withUnsafeBytes(of: settings) { [UInt8]($0) })
        }
    }

    /// Appends a list of actions, numbered from one.
    static func encode(_ actions: [TrafficAction], _ kind: Int, into request: inout NetlinkRequest) {
        if actions.isEmpty { return }
        request.nest(kind) { request in
            for (number, action) in actions.enumerated() {
                request.nest(number + 1) { request in
                    switch action {
                    case .mirred(let mirred):
                        request.attribute(Int(TCA_ACT_KIND), "mirred")
                        request.nest(Int(TCA_ACT_OPTIONS)) { mirred.encode(into: &$0) }
                    case .other(let name, let options):
                        request.attribute(Int(TCA_ACT_KIND), name)
                        request.attribute(Int(TCA_ACT_OPTIONS), bytes: options)
                    }
                }
            }
        }
    }

    /// Decodes a list of actions.
    static func decode(_ all: Attributes, _ kind: Int) throws(MalformedMessage) -> [TrafficAction] {
        guard let bytes = all[kind] else { return [] }
        var actions: [TrafficAction] = []
        for action in try Attributes(bytes).contents() {
            let action = try Attributes(action)
            guard let name = action.string(Int(TCA_ACT_KIND)) else {
                throw MalformedMessage("action without a kind")
            }
            let options = action[Int(TCA_ACT_OPTIONS)] ?? []
            if name == "mirred", let mirred = try Mirred(Attributes(options)) {
                actions.append(.mirred(mirred))
            } else {
                actions.append(.other(name, options: [UInt8](options)))
            }
        }
        return actions
    }
}
