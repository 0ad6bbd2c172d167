// SPDX-License-Identifier: Apache-2.0

public import Addressing
public import CNITypes

/// What is on disk of a lease: all that the next run of the daemon needs to go on with it.
public struct LeaseRecord: Hashable, Sendable {
    /// Whose it is.
    public var attachment: Attachment
    /// Where the container's interface is.
    public var interface: Place
    /// The client, as the server knows it.
    public var client: LeaseMachine.Client
    /// The metric of its routes.
    public var priority: UInt32?
    /// The lease.
    public var lease: DHCPLease
    /// Whether it is over, and its address taken away.
    public var isLost: Bool
    /// Who gave it, on the wire: the server, or the relay before it.
    public var serverMAC: MACAddress?
    /// Which run of the kernel its times belong to.
    public var boot: String

    /// An interface in a namespace.
    public struct Place: Hashable, Sendable {
        /// The namespace's path, as the daemon sees it.
        public var path: String
        /// The namespace's device and inode.
        public var device: UInt64
        /// See ``device``.
        public var inode: UInt64
        /// The interface's index.
        public var link: UInt32

        /// Creates a place.
        public init(path: String, device: UInt64, inode: UInt64, link: UInt32) {
            self.path = path
            self.device = device
            self.inode = inode
            self.link = link
        }
    }

    /// Creates a record.
    public init(
        _ attachment: Attachment, at interface: Place, client: LeaseMachine.Client, priority: UInt32?,
        lease: DHCPLease, isLost: Bool, serverMAC: MACAddress?, boot: String
    ) {
        self.attachment = attachment
        self.interface = interface
        self.client = client
        self.priority = priority
        self.lease = lease
        self.isLost = isLost
        self.serverMAC = serverMAC
        self.boot = boot
    }

    private static let version = 1

    /// Reads a file.
    ///
    /// - Throws: ``CNIError/Code/decodingFailure`` with the place of what is wrong.
    public init(parsing text: [UInt8]) throws(CNIError) {
        let file = JSONCursor(try JSON(parsing: text), failingWith: .decodingFailure)
        try file.requireObject()
        let version: Int = try file["version"].required(try file["version"].integer())
        guard version == Self.version else { throw file["version"].failure("\(version) is not known") }
        attachment = try file.attachment()
        let place = file["place"]
        interface = Place(
            path: try place.text("namespace"), device: try place.number("device"),
            inode: try place.number("inode"), link: try place.number("link"))
        client = LeaseMachine.Client(
            mac: try file["mac"].required(file["mac"].mac()), options: try file.options("options"),
            wantsBroadcast: try file["broadcast"].bool() ?? false, family: try file.family("family"),
            association: try file["association"].integer() ?? 0)
        priority = try file["priority"].integer()
        lease = try DHCPLease(file["lease"])
        guard lease.address.family == client.family else {
            throw file["lease"]["address"].failure("not of the family")
        }
        isLost = try file["isLost"].bool() ?? false
        serverMAC = try file["serverMAC"].mac()
        boot = try file.text("boot")
    }

    /// The file's content.
    public var text: [UInt8] {
        var json: JSON = ["version": JSON(Self.version)]
        attachment.write(to: &json)
        json["place"] = [
            "namespace": .string(interface.path), "device": JSON(interface.device),
            "inode": JSON(interface.inode), "link": JSON(interface.link),
        ]
        json["mac"] = .string(client.mac.description)
        json["options"] = .string(client.options.hexadecimal)
        json["broadcast"] = .bool(client.wantsBroadcast)
        if client.family == .v6 {
            json["family"] = "6"
            json["association"] = JSON(client.association)
        }
        json["priority"] = priority.map { JSON($0) }
        json["lease"] = lease.json
        json["isLost"] = .bool(isLost)
        json["serverMAC"] = serverMAC.map { .string($0.description) }
        json["boot"] = .string(boot)
        return Array((json.serialized(indent: 2) + "\n").utf8)
    }
}

extension DHCPLease {
    fileprivate init(_ json: JSONCursor) throws(CNIError) {
        try json.requireObject()
        let lease = Self(
            address: try json["address"].required(json["address"].prefix()),
            server: try json["server"].required(json["server"].address()),
            serverIdentifier: try json.bytes("serverIdentifier"), start: try json.number("start"),
            duration: try json["seconds"].integer(), renewal: try json.number("renewal"),
            rebinding: try json.number("rebinding"), options: try json.options("options"),
            options6: try json.options6("options6"))
        guard let lease else { throw json.failure("no lease") }
        self = lease
    }

    fileprivate var json: JSON {
        var json: JSON = [
            "address": .string(address.description), "server": .string(server.description),
            "start": JSON(start), "renewal": JSON(renewal), "rebinding": JSON(rebinding),
            "options": .string(options.hexadecimal),
        ]
        json["seconds"] = duration.map { JSON($0) }
        if address.family == .v6 {
            json["serverIdentifier"] = .string(serverIdentifier.hexadecimal)
            json["options6"] = .string(options6.field.hexadecimal)
        }
        return json
    }
}

extension JSONCursor {
    fileprivate func number<Number: FixedWidthInteger>(_ key: String) throws(CNIError) -> Number {
        try self[key].required(try self[key].integer())
    }

    fileprivate func bytes(_ key: String) throws(CNIError) -> [UInt8]? {
        guard let text = try self[key].text() else { return nil }
        guard let bytes = [UInt8](hexadecimal: text) else { throw self[key].failure("no hexadecimal digits") }
        return bytes
    }

    fileprivate func options6(_ key: String) throws(CNIError) -> DHCPv6Options {
        guard let options = DHCPv6Options(parsing: try bytes(key) ?? []) else {
            throw self[key].failure("no options")
        }
        return options
    }
}
