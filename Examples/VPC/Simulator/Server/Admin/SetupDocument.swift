// SPDX-License-Identifier: Apache-2.0

import Addressing
import CNITypes
public import VPCModel

/// Reads what a configuration file, or a POST to `/_simulator/setup`, asks for: settings before the start, resources at any
/// time.
public struct SetupDocument: Sendable {
    /// The region and its times.
    public private(set) var settings = RegionSettings()
    /// Where to listen, such as `127.0.0.1:4599`.
    public private(set) var listen: String?
    /// Whether EC2's endpoint checks signatures.
    public private(set) var checksSignatures = true
    /// At which address instances' metadata services listen, each at a port of its own; nil is none.
    public private(set) var metadataHost: String?
    /// The first port for those; nil is any.
    public private(set) var metadataPort: Int?

    /// What a packet fabric is to be like, which is read by its maker; nil is none.
    package private(set) var packets: DocumentFields?

    private let resources: DocumentFields

    /// Reads a document.
    ///
    /// - Throws: what is wrong, and where; unknown keys are.
    public init(parsing text: [UInt8]) throws(DocumentError) {
        var fields = try DocumentFields.parse(text)
        listen = try fields.text("listen")
        if let region = try fields.text("region") { settings.region = region }
        if let account = try fields.text("account") { settings.account = account }
        if let seed = try fields.int("seed") { settings.seed = UInt64(truncatingIfNeeded: seed) }
        if let quota = try fields.int("interfaceQuota") { settings.interfaceQuota = quota }
        if let isOn = try fields.bool("deleteAnswersInUse") { settings.answersInUse = isOn }
        if let isOn = try fields.bool("forceBlocksIndex") { settings.forceBlocksIndex = isOn }
        if let isOn = try fields.bool("checkSignatures") { checksSignatures = isOn }
        if var metadata = try fields.object("metadata") {
            metadataHost = try metadata.text("host") ?? "127.0.0.1"
            metadataPort = try metadata.int("port")
            try metadata.finish()
        }
        if var times = try fields.object("timing") { try Self.read(timing: &times, into: &settings) }
        for type in try fields.objects("instanceTypes") {
            let read = try Self.read(type: type)
            settings.types[read.name] = read
        }
        packets = try fields.object("packets")
        resources = fields
    }

    /// Makes what the document asks for, wholly or not at all.
    ///
    /// - Returns: the identifiers of what has a name, by `kind/name`.
    package func apply(
        to region: inout Region, nextRule: () -> String, at time: Timestamp
    ) throws(DocumentError) -> [String: String] {
        var fields = resources
        var copy = region
        for key in try fields.objects("keys") { try Self.add(key: key, to: &copy) }
        if var roles = try fields.object("roles") {
            for name in roles.keys {
                let policy = try roles.object(name).map { (fields) throws(DocumentError) in
                    try Self.policy(in: fields)
                }
                copy.access.roles[name] = policy ?? nil
            }
        }
        // What is set up is there at once, and does not use up what clients may call.
        let (settings, isThrottled) = (copy.settings, copy.throttle.isEnabled)
        copy.throttle.isEnabled = false
        (copy.settings.attachTime, copy.settings.launchTime) = (0, 0)
        var builder = NetworkBuilder(region: copy, time: time)
        for vpc in try fields.objects("vpcs") { try builder.add(vpc: vpc) }
        copy = builder.region
        copy.advance(to: time)
        copy.settings = settings
        copy.throttle.isEnabled = isThrottled
        if let faults = try fields.object("faults") {
            try FaultsDocument.apply(faults, to: &copy, nextRule: nextRule, at: time)
        }
        try fields.finish()
        region = copy
        return builder.names
    }

    static func read(
        timing fields: inout DocumentFields, into settings: inout RegionSettings
    ) throws(DocumentError) {
        if let time = try fields.seconds("attach") { settings.attachTime = max(0, time) }
        if let time = try fields.seconds("detach") { settings.detachTime = max(0, time) }
        if let time = try fields.seconds("launch") { settings.launchTime = max(0, time) }
        if let time = try fields.seconds("terminate") { settings.terminationTime = max(0, time) }
        if let time = try fields.seconds("forgetTerminated") { settings.terminatedTime = max(0, time) }
        try fields.finish()
    }

    private static func read(type document: DocumentFields) throws(DocumentError) -> InstanceType {
        var fields = document
        let hypervisor = try fields.text("hypervisor") ?? "nitro"
        guard let hypervisor = InstanceType.Hypervisor(rawValue: hypervisor) else {
            throw fields.error("hypervisor", "expected nitro, xen or metal")
        }
        guard let cards = fields.value("cards")?.array?.map(\.int), !cards.isEmpty, !cards.contains(nil)
        else {
            throw fields.error("cards", "expected a list of how many interfaces each network card takes")
        }
        guard let addresses = try fields.int("addresses"), addresses > 0 else {
            throw fields.error("addresses", "expected how many addresses an interface takes")
        }
        let type = InstanceType(
            name: try fields.required("name"), processors: try fields.int("processors") ?? 2,
            memory: try fields.int("memory") ?? 4096,
            architecture: try fields.text("architecture") ?? "x86_64",
            hypervisor: hypervisor, cards: cards.compactMap { $0 }, ipv4PerInterface: addresses,
            ipv6PerInterface: try fields.int("ipv6Addresses") ?? addresses,
            supportsEFA: try fields.bool("efa") ?? false)
        try fields.finish()
        return type
    }

    private static func add(key document: DocumentFields, to region: inout Region) throws(DocumentError) {
        var fields = document
        let (id, secret) = (try fields.required("id"), try fields.required("secret"))
        let name = try fields.text("name") ?? id
        let policy = try fields.object("policy").map { (fields) throws(DocumentError) in
            try PolicyDocument.read(fields)
        }
        let token = try fields.text("sessionToken")
        try fields.finish()
        region.access.keys[id] = AccessKey(
            id: id, secret: secret, sessionToken: token,
            principal: Principal(name: "arn:aws:iam::\(region.settings.account):user/\(name)", policy: policy)
        )
    }

    /// A role's policy: the member `policy`; none is everything.
    private static func policy(in document: DocumentFields) throws(DocumentError) -> Policy? {
        var fields = document
        let policy = try fields.object("policy")
        try fields.finish()
        guard let policy else { return nil }
        return try PolicyDocument.read(policy)
    }
}
