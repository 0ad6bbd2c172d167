// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import CNITypes
internal import VPCFabric
public import VPCSimulator

/// What a simulator's setup says of packets: which namespace is which instance's, and what is around the VPC.
///
/// The member `packets` of a setup file. Names are those of the same file, or identifiers.
public struct PacketSetup: Sendable {
    /// An interface in a subnet by which instances reach EC2's API, as a VPC endpoint is.
    struct Endpoint: Sendable {
        var subnet: String
        var address: IPAddress?
        var groups: [String]
        var place: String
    }

    /// A NAT gateway, and the subnets whose way out it is.
    struct Gateway: Sendable {
        var address: IPAddress
        var subnets: [String]
        var place: String
    }

    /// A flow log; its resource is an identifier or a subnet's name.
    struct Log: Sendable {
        var log: FlowLog
        var place: String
    }

    /// The VPC; nil if there is only one.
    private(set) var vpc: String?
    /// The paths of instances' namespaces.
    private(set) var namespaces: [String: String]
    /// Whether instances' primary interfaces are configured at boot, as by DHCP.
    private(set) var configures = true
    private(set) var endpoint: Endpoint?
    private(set) var internet: Side?
    private(set) var peer: Side?
    /// The networks behind the VPN.
    private(set) var peerNetworks: [IPPrefix] = []
    private(set) var gateways: [Gateway]
    private(set) var flowLogs: [Log]
    private(set) var flowLogInterval = 60

    /// Reads the member `packets`; nil if the document has none, which is a simulator without packets.
    ///
    /// - Throws: what is wrong, and where; unknown keys are.
    public init?(_ document: SetupDocument) throws(DocumentError) {
        guard var fields = document.packets else { return nil }
        vpc = try fields.text("vpc")
        namespaces = try fields.dictionary("namespaces")
        configures = try fields.bool("configure") ?? true
        endpoint = try fields.object("endpoint").map(Endpoint.init)
        internet = try fields.object("internet").map { (fields) throws(DocumentError) in
            var fields = fields
            return try Side(reading: &fields, name: "wan0")
        }
        if var vpn = try fields.object("vpn") {
            peerNetworks = try vpn.prefixes("networks")
            peer = try Side(reading: &vpn, name: "vpn0")
        }
        gateways = []
        for gateway in try fields.objects("nat") { gateways.append(try Gateway(gateway)) }
        flowLogs = []
        for log in try fields.objects("flowLogs") { flowLogs.append(try Log(log)) }
        if let interval = try fields.int("flowLogInterval") {
            guard 1...600 ~= interval else {
                throw fields.error("flowLogInterval", "expected 1 to 600 seconds")
            }
            flowLogInterval = interval
        }
        try fields.finish()
    }
}

extension PacketSetup.Endpoint {
    fileprivate init(_ document: DocumentFields) throws(DocumentError) {
        var fields = document
        place = fields.place
        subnet = try fields.required("subnet")
        address = try fields.address("address")
        groups = try fields.texts("groups")
        try fields.finish()
    }
}

extension PacketSetup.Gateway {
    fileprivate init(_ document: DocumentFields) throws(DocumentError) {
        var fields = document
        place = fields.place
        guard let address = try fields.address("address"), address.family == .v4 else {
            throw fields.error("address", "expected the public IPv4 address")
        }
        self.address = address
        subnets = try fields.texts("subnets")
        try fields.finish()
    }
}

extension PacketSetup.Log {
    fileprivate init(_ document: DocumentFields) throws(DocumentError) {
        var fields = document
        place = fields.place
        var log = FlowLog(path: try fields.required("file"))
        if let text = try fields.text("format") {
            do throws(FlowLogFormatError) {
                log.format = try FlowLogFormat(text)
            } catch {
                throw fields.error("format", error.description)
            }
        }
        if let text = try fields.text("traffic") {
            guard let selection = FlowLog.Selection(rawValue: text) else {
                throw fields.error("traffic", "expected ALL, ACCEPT or REJECT")
            }
            log.selection = selection
        }
        log.resource = try fields.text("resource")
        try fields.finish()
        self.log = log
    }
}

extension Side {
    fileprivate init(reading fields: inout DocumentFields, name: String) throws(DocumentError) {
        self.init(
            namespacePath: try fields.required("namespace"), name: try fields.text("link") ?? name,
            addresses: try fields.prefixes("addresses"))
        try fields.finish()
    }
}

extension DocumentFields {
    /// Addresses with their lengths; one without a length is the address alone.
    fileprivate mutating func prefixes(_ key: String) throws(DocumentError) -> [IPPrefix] {
        var prefixes: [IPPrefix] = []
        for text in try texts(key) {
            guard let prefix = IPPrefix(text) ?? IPAddress(text).map(IPPrefix.init(host:)) else {
                throw error(key, "\"\(text)\" is neither an address nor a range")
            }
            prefixes.append(prefix)
        }
        return prefixes
    }
}
