// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import CNITypes
package import Netlink

extension Netlink.Link {
    /// Whether this is an end of a veth pair whose other end is in another namespace, which therefore exists.
    ///
    /// The kernel gives no number (IFLA_LINK_NETNSID of -1) to a namespace that is about to go.
    package var provesNamespace: Bool {
        guard case .veth = kind, let peer, peer != 0, let number = peerNamespace else { return false }
        return number >= 0
    }
}

/// The host's links, as far as they tell of containers' namespaces.
struct HostLinks {
    private var living: (keys: Set<String>, addresses: Set<MACAddress>) = ([], [])
    private var present: Set<Name> = []

    private struct Name: Hashable {
        let name: String
        let mac: MACAddress
    }

    init(_ links: [Netlink.Link]) {
        for link in links {
            guard let mac = link.attributes.mac else { continue }
            present.insert(Name(name: link.name, mac: mac))
            guard link.provesNamespace else { continue }
            living.addresses.insert(mac)
            if let alias = link.attributes.alias { living.keys.insert(alias) }
        }
    }

    /// Whether a veth of the attachment has its other end in another namespace.
    func hasLivingLink(of trace: AttachmentTrace) -> Bool {
        living.keys.contains(trace.attachment.key)
            || trace.hostLinks.contains { living.addresses.contains($0.mac) }
    }

    /// Whether some of the attachment's links on the host are here and others are not.
    ///
    /// Those that are here tell that this is the host, and not another namespace in which nothing could be seen.
    func hasLostLink(of trace: AttachmentTrace) -> Bool {
        let links = trace.hostLinks.map { present.contains(Name(name: $0.name, mac: $0.mac)) }
        return links.contains(true) && links.contains(false)
    }
}

extension AttachmentTrace {
    /// The links on the host that the result names.
    fileprivate var hostLinks: [(name: String, mac: MACAddress)] {
        (result?.interfaces ?? []).compactMap { interface in
            guard (interface.sandbox ?? "").isEmpty, let mac = interface.macAddress else { return nil }
            return (interface.name, mac)
        }
    }
}

extension CNIResult.Interface {
    /// The MAC address; nil for none, and for that of a loopback interface, which all have.
    var macAddress: MACAddress? {
        guard let mac, let address = MACAddress(mac), address != Self.noAddress else { return nil }
        return address
    }

    private static let noAddress = MACAddress("00:00:00:00:00:00")
}
