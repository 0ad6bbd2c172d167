// SPDX-License-Identifier: Apache-2.0

public import Addressing
public import CNITypes

/// What the plugin asks the daemon: one JSON document on a line.
///
///     {"version":1,"verb":"add","network":"lan","containerID":"pod","interface":"eth0","namespace":"/run/netns/pod",
///      "options":"3d0d00706f642f6c616e2f65746830","priority":100}
///     {"version":1,"verb":"delete","network":"lan","containerID":"pod","interface":"eth0"}
public enum DaemonRequest: Hashable, Sendable {
    /// Get a lease.
    case add(Addition)
    /// Which lease an attachment has.
    case check(Attachment)
    /// Give an attachment's lease back.
    case delete(Attachment)
    /// Give back the leases of a network's attachments other than these.
    case collect(NetworkName, valid: [AttachmentReference])
    /// Whether leases can be got.
    case status

    /// What is told of an attachment that gets a lease.
    public struct Addition: Hashable, Sendable {
        /// Which.
        public var attachment: Attachment
        /// The path of the container's namespace, as the plugin sees it.
        public var namespacePath: String
        /// The options of each message.
        public var options: DHCPOptions
        /// The metric of the lease's routes; nil for the kernel's.
        public var priority: UInt32?
        /// Which families get an address, each once.
        public var families: [IPAddress.Family]

        /// Creates an addition.
        public init(
            _ attachment: Attachment, namespacePath: String, options: DHCPOptions, priority: UInt32?,
            families: [IPAddress.Family] = [.v4]
        ) {
            self.families = families
            self.attachment = attachment
            self.namespacePath = namespacePath
            self.options = options
            self.priority = priority
        }
    }

    static let version = 1

    /// Reads a line.
    ///
    /// - Throws: ``CNIError/Code/decodingFailure`` with the place of what is wrong;
    ///   ``CNIError/Code/incompatibleVersion``.
    public init(parsing line: [UInt8]) throws(CNIError) {
        let message = JSONCursor(try JSON(parsing: line), failingWith: .decodingFailure)
        try message.requireVersion(of: "plugin")
        let verb = try message["verb"].required(try message["verb"].text())
        switch verb {
        case "add": self = .add(try Addition(message))
        case "check": self = .check(try message.attachment())
        case "delete": self = .delete(try message.attachment())
        case "gc": self = .collect(try message.network(), valid: try message.validAttachments())
        case "status": self = .status
        default: throw message["verb"].failure("\"\(verb.prefix(20))\" is no verb")
        }
    }

    /// The line, with its end.
    public var line: [UInt8] {
        var json: JSON = ["version": JSON(Self.version)]
        switch self {
        case .add(let addition):
            json["verb"] = "add"
            addition.attachment.write(to: &json)
            json["namespace"] = .string(addition.namespacePath)
            json["options"] = .string(addition.options.hexadecimal)
            json["priority"] = addition.priority.map { JSON($0) }
            if addition.families != [.v4] {
                json["families"] = .array(addition.families.map { .string(String($0.rawValue)) })
            }
        case .check(let attachment):
            json["verb"] = "check"
            attachment.write(to: &json)
        case .delete(let attachment):
            json["verb"] = "delete"
            attachment.write(to: &json)
        case .collect(let network, let valid):
            json["verb"] = "gc"
            json["network"] = .string(network.rawValue)
            json["valid"] = valid.message
        case .status: json["verb"] = "status"
        }
        return Array((json.serialized() + "\n").utf8)
    }
}

extension DaemonRequest.Addition {
    fileprivate init(_ message: JSONCursor) throws(CNIError) {
        self.init(
            try message.attachment(), namespacePath: try message.text("namespace"),
            options: try message.options("options"), priority: try message["priority"].integer(),
            families: try message.families("families") ?? [.v4])
        guard namespacePath.hasPrefix("/"), !namespacePath.utf8.contains(0) else {
            throw message["namespace"].failure("not an absolute path")
        }
        let most = 4096
        guard options.all.allSatisfy({ $0.value.count <= most }) else {
            throw message["options"].failure("an option of more than \(most) bytes")
        }
    }
}

extension JSONCursor {
    func requireVersion(of sender: String) throws(CNIError) {
        try requireObject()
        let version: Int = try self["version"].required(try self["version"].integer())
        guard version == DaemonRequest.version else {
            throw CNIError(
                .incompatibleVersion,
                "the dhcp \(sender) speaks version \(version) of the protocol, not \(DaemonRequest.version): restart the daemon"
            )
        }
    }

    /// `"4"` or `"6"`; IPv4 if nothing is said.
    func family(_ key: String) throws(CNIError) -> IPAddress.Family {
        switch try self[key].text() {
        case nil, "4": return .v4
        case "6": return .v6
        default: throw self[key].failure("neither \"4\" nor \"6\"")
        }
    }

    /// A list of one family or both; nil if there is none.
    func families(_ key: String) throws(CNIError) -> [IPAddress.Family]? {
        if self[key].isAbsent { return nil }
        var families: [IPAddress.Family] = []
        for element in try self[key].elements() {
            let text = try element.required(try element.text())
            guard let family: IPAddress.Family = text == "4" ? .v4 : text == "6" ? .v6 : nil else {
                throw element.failure("\"\(text.prefix(20))\" is neither \"4\" nor \"6\"")
            }
            if families.contains(family) { throw element.failure("\"\(text)\" is there twice") }
            families.append(family)
        }
        if families.isEmpty { throw self[key].failure("empty: \"4\", \"6\" or both") }
        return families
    }

    func text(_ key: String) throws(CNIError) -> String {
        try self[key].required(try self[key].nonEmptyText())
    }

    func options(_ key: String) throws(CNIError) -> DHCPOptions {
        guard let options = DHCPOptions(hexadecimal: try text(key)) else {
            throw self[key].failure("no options")
        }
        return options
    }
}
