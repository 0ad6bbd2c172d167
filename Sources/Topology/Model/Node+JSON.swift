// SPDX-License-Identifier: Apache-2.0

public import CNITypes
internal import Namespaces
internal import Netlink

extension JSON {
    /// A cluster, as `{"nodes": […]}`.
    public init(_ cluster: Cluster) {
        self = ["nodes": .array(cluster.nodes.map { JSON($0) })]
    }

    /// A node with all that a survey found.
    ///
    /// Characters that could steer a terminal are replaced: the text may be printed as it is.
    public init(_ node: Node) {
        self = [
            "name": .text(node.name),
            "namespaces": .array(node.namespaces.map { JSON(namespace: $0) }),
            "connections": .array(
                node.connections.map {
                    [
                        "kind": .string($0.kind.rawValue), "first": JSON(end: $0.first),
                        "second": JSON(end: $0.second),
                    ]
                }),
            "ways": .array(node.ways.map { JSON(way: $0) }),
            "masquerades": .array(
                node.masquerades.map {
                    .members([
                        "address": JSON($0.address), "attachment": $0.attachment.map { JSON(mark: $0) },
                    ])
                }),
            "publishedPorts": .array(node.publishedPorts.map { JSON(port: $0) }),
            "notes": .array(node.notes.map { .text($0) }),
        ]
    }

    private init(namespace: Node.Namespace) {
        self = .members([
            "name": .text(namespace.name), "origin": JSON(origin: namespace.origin),
            "inode": namespace.identity.map { JSON($0.inode) },
            "links": .array(namespace.links.map { JSON(link: $0) }),
            "routes": .array(namespace.routes.map { JSON(route: $0) }),
            "tables": namespace.origin == .host
                ? .array(
                    namespace.tables.map {
                        ["table": JSON($0.number), "routes": .array($0.routes.map { JSON(route: $0) })]
                    }) : nil,
            "rules": namespace.origin == .host ? .array(namespace.rules.map { JSON(rule: $0) }) : nil,
        ])
    }

    private init(route entry: Node.RouteEntry) {
        self = .members([
            "destination": JSON(entry.route.destination), "gateway": entry.route.gateway.map { JSON($0) },
            "source": entry.route.source.map { JSON($0) }, "link": entry.link.map { JSON($0) },
            "metric": entry.route.priority.map { JSON($0) },
        ])
    }

    private init(rule: Rule) {
        self = .members([
            "family": rule.family == .v4 ? "IPv4" : "IPv6", "priority": JSON(rule.priority),
            "source": rule.source.map { JSON($0) }, "destination": rule.destination.map { JSON($0) },
            "input": rule.input.map { .text($0) }, "mark": rule.fwmark.map { JSON($0) },
            "action": .text(rule.action.description),
            "table": rule.action == .lookup && !rule.looksUpDomain ? JSON(rule.table) : nil,
            "text": .text(rule.text),
        ])
    }

    private init(way: Node.Way) {
        self = .members([
            "address": JSON(way.address), "link": JSON(way.link),
            "rule": (way.rule?.priority).map { JSON($0) },
            "table": way.table.map { JSON($0) }, "leavesBy": (way.route?.link).map { JSON($0) },
            "gateway": (way.route?.route.gateway).map { JSON($0) },
        ])
    }

    private init(port: Node.PublishedPort) {
        self = .members([
            "protocol": JSON(port.ipProtocol), "hostAddress": port.hostAddress.map { JSON($0) },
            "hostPort": JSON(port.hostPort), "address": JSON(port.address), "port": JSON(port.port),
            "attachment": port.attachment.map { JSON(mark: $0) },
        ])
    }

    private init(origin: Node.Namespace.Origin) {
        switch origin {
        case .host: self = ["kind": "host"]
        case .named(let path): self = ["kind": "named", "path": .text(path)]
        case .process(let pid, let command):
            self = ["kind": "process", "pid": JSON(pid), "command": .text(command)]
        }
    }

    private init(link: Node.Link) {
        self = .members([
            "index": JSON(link.index), "name": .text(link.name), "kind": link.kind.map { .text($0.name) },
            "mtu": link.mtu.map { JSON($0) }, "mac": link.mac.map { JSON($0) }, "up": .bool(link.isUp),
            "operational": .bool(link.isOperational), "master": link.master.map { JSON($0) },
            "peer": link.peer.map { JSON($0) }, "peerNamespace": link.peerNamespace.map { JSON($0) },
            "alias": link.alias.map { .text($0) }, "attachment": link.attachment.map { JSON(mark: $0) },
            "addresses": .array(link.addresses.map { JSON($0.prefix) }),
            "vxlan": link.vxlan.map { vxlan in
                .members([
                    "identifier": vxlan.identifier.map { JSON($0) }, "port": vxlan.port.map { JSON($0) },
                    "local": vxlan.local.map { JSON($0) }, "remote": vxlan.remote.map { JSON($0) },
                    "link": vxlan.link.map { JSON($0) },
                ])
            },
        ])
    }

    private init(end: Node.Connection.End) {
        self = ["namespace": JSON(end.namespace), "link": JSON(end.link)]
    }

    private init(mark: AttachmentMark) {
        self = [
            "network": .text(mark.network), "container": .text(mark.container),
            "interface": .text(mark.interface),
        ]
    }

    /// An object of the members that there are.
    private static func members(_ members: [String: JSON?]) -> JSON {
        .object(JSONObject(members.compactMapValues { $0 }))
    }

    /// A text from outside, without what steers terminals.
    private static func text(_ text: String) -> JSON { .string(text.withoutControls) }
}

extension String {
    /// The text with U+FFFD in the place of control characters, DEL and those of ISO 6429's second set.
    var withoutControls: String {
        var text = ""
        for scalar in unicodeScalars {
            let isControl = scalar.value < 0x20 || (0x7f..<0xa0).contains(scalar.value)
            text.unicodeScalars.append(isControl ? "\u{fffd}" : scalar)
        }
        return text
    }
}
