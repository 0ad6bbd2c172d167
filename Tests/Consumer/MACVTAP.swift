// SPDX-License-Identifier: Apache-2.0

import Netlink

/// A kind of link that swift-cni does not know, from outside of it: `ip link add link PARENT type macvtap`.
struct MACVTAP: LinkKindSettings {
    /// MACVLAN_MODE_…, 4 for `bridge`.
    var mode: UInt32?

    static let kind = "macvtap"
    static let needsParent = true

    init(mode: UInt32? = nil) { self.mode = mode }

    var words: String { mode.map { "macvtap mode \($0)" } ?? Self.kind }

    init(_ data: Attributes) throws(MalformedMessage) { mode = try data.number(1) }

    func encode(into data: inout AttributeWriter) {
        if let mode { data.number(1, mode) }
    }

    func fit(_ found: MACVTAP) -> LinkKindFit { mode == nil || mode == found.mode ? .same : .changeable }

    func changes(from found: MACVTAP) -> (wanted: MACVTAP, found: MACVTAP) {
        (self, MACVTAP(mode: found.mode))
    }

    /// Makes one, and reads it.
    static func make(_ name: String, on parent: UInt32) throws -> MACVTAP? {
        let routing = try RoutingSocket()
        try routing.perform { batch in
            batch.addLink(name, .custom(MACVTAP(mode: 4)), parent: LinkParent(parent))
        }
        return try routing.link(.name(name))?.kind?.settings(as: MACVTAP.self)
    }
}
