// SPDX-License-Identifier: Apache-2.0

internal import CNIRuntime
internal import Topology

extension StoredAttachment {
    /// Everything that the cache knows, for programs.
    func document(file: String) -> JSON {
        let request = entry.request
        var members = self.members
        members["file"] = .string(file)
        members["arguments"] = .array(
            request.arguments.map { ["key": .string($0.key), "value": .string($0.value)] })
        members["capabilities"] = .object(request.capabilities)
        members["configuration"] = entry.configuration
        members["result"] = entry.result
        return .object(members)
    }
}

/// Everything that the cache knows of an attachment, for a person.
struct AttachmentDescription {
    private let stored: StoredAttachment
    private let file: String

    init(_ stored: StoredAttachment, file: String) {
        self.stored = stored
        self.file = file
    }

    func print() {
        let request = stored.entry.request
        Console.output.line("\(stored.name, .bold)")
        fact("namespace", "\(request.namespacePath ?? "none is known") (\(stored.namespace.words))")
        if !request.arguments.isEmpty {
            let pairs = request.arguments.map { "\($0.key)=\($0.value)" }
            fact("arguments", StyledText(pairs.joined(separator: ";")))
        }
        if !request.capabilities.isEmpty {
            fact("capabilities", StyledText(JSON.object(request.capabilities).serialized()))
        }
        if let list = stored.entry.list {
            fact("plugins", StyledText(list.pluginNames.joined(separator: ", ")))
            fact("versions", StyledText(list.versions.map(\.description).joined(separator: ", ")))
        }
        fact("file", StyledText(file))
        guard let document = stored.entry.result else { return }
        guard let result = try? CNIResult(json: document) else {
            fact("result", "not understood; --json prints it")
            return
        }
        print(result)
    }

    private func fact(_ name: String, _ value: StyledText) {
        Console.output.line("  \(StyledText(name.padded(to: 14), .faint))\(value)")
    }

    private func print(_ result: CNIResult) {
        for interface in result.interfaces {
            var words = [interface.sandbox == nil ? "on the host" : "in the container"]
            if let mac = interface.mac { words.append(mac) }
            if let mtu = interface.mtu { words.append("mtu \(mtu)") }
            fact("interface", "\(interface.name), \(words.joined(separator: ", "))")
        }
        for ip in result.ips {
            var words = [ip.address.description]
            if let index = ip.interface, result.interfaces.indices.contains(index) {
                words.append("on \(result.interfaces[index].name)")
            }
            if let gateway = ip.gateway { words.append("gateway \(gateway)") }
            fact("address", StyledText(words.joined(separator: ", ")))
        }
        for route in result.routes {
            let way = route.gateway.map { " via \($0)" } ?? ""
            fact("route", "\(route.destination.description)\(way)")
        }
        if !result.dns.nameservers.isEmpty {
            fact("nameservers", StyledText(result.dns.nameservers.joined(separator: ", ")))
        }
        if !result.dns.search.isEmpty {
            fact("search", StyledText(result.dns.search.joined(separator: ", ")))
        }
    }
}

extension NetworkConfigurationList {
    /// The plugins in order, with those that they call for addresses: `bridge (host-local)`.
    var pluginNames: [String] {
        plugins.map { plugin in
            let ipam = plugin["ipam"]?["type"]?.string.map { $0.isEmpty ? "" : " (\($0))" } ?? ""
            return (plugin["type"]?.string ?? "?") + ipam
        }
    }
}

extension String {
    fileprivate func padded(to columns: Int) -> String {
        self + String(repeating: " ", count: max(1, columns - unicodeScalars.count))
    }
}
