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
            wantsBroadcast: try file["broadcast"].bool() ?? false)
        priority = try file["priority"].integer()
        lease = try DHCPLease(file["lease"])
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
            server: try json["server"].required(json["server"].address()), start: try json.number("start"),
            duration: try json["seconds"].integer(), renewal: try json.number("renewal"),
            rebinding: try json.number("rebinding"), options: try json.options("options"))
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
        return json
    }
}

extension JSONCursor {
    fileprivate func number<Number: FixedWidthInteger>(_ key: String) throws(CNIError) -> Number {
        try self[key].required(try self[key].integer())
    }
}

extension DHCPOptions {
    /// The options in hexadecimal digits, as they are on the wire.
    var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: field.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// Reads them; nil for what is none.
    init?(hexadecimal text: String) {
        let digits = Array(text.utf8)
        guard digits.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = Self.digit(digits[index]), let low = Self.digit(digits[index + 1]) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        self.init()
        guard bytes.last == 255, append(parsing: bytes[...]) else { return nil }
    }

    private static func digit(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
