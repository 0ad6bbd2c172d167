// SPDX-License-Identifier: Apache-2.0

import BridgePlugin
import CNIPlugin
import CNITesting
import Testing

extension JSON {
    /// This object with other members.
    func with(_ members: [String: JSON?]) -> JSON {
        var object = object ?? [:]
        for (key, value) in members { object[key] = value }
        return .object(object)
    }
}

extension TestNetwork {
    /// host-local's part of a configuration, with one range set for each subnet.
    func hostLocal(_ subnets: [String] = ["10.1.0.0/24", "fd01::/64"]) -> JSON {
        [
            "type": "host-local", "dataDir": .string(dataDir.path),
            "ranges": .array(subnets.map { [["subnet": .string($0)]] }),
            "routes": .array(
                subnets.map { ["dst": .string($0.contains(":") ? "::/0" : "0.0.0.0/0")] }),
        ]
    }

    /// A network with a gateway, masquerading and a check of MAC addresses, on the bridge `br0`.
    func bridge(
        name: String = "net", version: SpecVersion = .current,
        subnets: [String] = ["10.1.0.0/24", "fd01::/64"]
    ) -> JSON {
        [
            "cniVersion": .string(version.description), "name": .string(name), "type": "bridge",
            "bridge": "br0",
            "isGateway": true, "ipMasq": true, "macspoofchk": true, "ipam": hostLocal(subnets),
        ]
    }
}

/// An outcome that a test did not want.
struct Unexpected: Error, CustomStringConvertible {
    let description: String
}

extension TestNetwork {
    /// Attaches a container with the bridge plugin; returns the result.
    func attach(
        _ container: TestContainer, _ configuration: JSON, interface: String = "eth0",
        variables: [String: String] = [:]
    ) throws -> JSON {
        let outcome = try call(
            Bridge.self, .add, configuration, for: container, interface: interface, variables: variables)
        guard outcome.status == 0, let result = outcome.output else {
            throw Unexpected(description: "ADD of \(container.id): \(outcome)")
        }
        return result
    }

    /// What is wrong with an attachment by CHECK: the error's message and details, or nil.
    func fault(
        of container: TestContainer, _ configuration: JSON, _ result: JSON, interface: String = "eth0"
    ) throws -> String? {
        let outcome = try call(
            Bridge.self, .check, configuration.with(["prevResult": result]), for: container,
            interface: interface)
        if outcome.status == 0 { return nil }
        return "\(outcome.output?["msg"]?.string ?? "")\n\(outcome.output?["details"]?.string ?? "")"
    }

    /// Detaches a container; returns the error, or nil.
    func detach(
        _ container: TestContainer, _ configuration: JSON, result: JSON? = nil, interface: String = "eth0",
        variables: [String: String] = [:]
    ) throws -> String? {
        let outcome = try call(
            Bridge.self, .delete, configuration.with(["prevResult": result]), for: container,
            interface: interface, variables: variables)
        return outcome.status == 0 ? nil : "\(outcome)"
    }

    /// What there is on the host, without the forwarding settings that stay.
    func rest() throws -> String { Scenario.withoutForwarding(try snapshot()) }

    /// Collects garbage of a network that has no attachment any more; returns the error, or nil.
    func collectAll(_ configuration: JSON) throws -> String? {
        let outcome = try call(
            Bridge.self, .collect,
            configuration.with(["cniVersion": "1.1.0", "cni.dev/valid-attachments": [], "prevResult": nil]))
        return outcome.status == 0 ? nil : "\(outcome)"
    }

    /// What there is on the host when a network without attachments has been collected.
    func rest(after configuration: JSON) throws -> String {
        if let error = try collectAll(configuration) { throw Unexpected(description: "GC: \(error)") }
        return try rest()
    }
}

extension TestNetwork {
    /// What `record` says of an undisturbed call on the host, which has to succeed: the operations, or the moments of death.
    func undisturbed<Record: Collection>(
        _ record: (() -> Outcome) -> (Record, value: Outcome), _ call: @escaping () -> Outcome
    ) throws -> Record {
        let (recorded, outcome) = try run { record(call) }
        try #require(outcome.status == 0 && !recorded.isEmpty, "\(outcome)")
        return recorded
    }
}

/// Attaches a container to a bridge that `prepare` may have made, runs `body`, expects CHECK to pass and DEL to leave
/// nothing.
func attached(
    _ members: [String: JSON?], variables: [String: String] = [:],
    prepare: (TestNetwork) throws -> Void = { _ in },
    _ body: (TestNetwork, TestContainer, JSON) throws -> Void
) throws {
    let network = try TestNetwork(siblings: .ipam)
    let container = try network.container()
    try prepare(network)
    let before = try network.rest()
    let configuration = network.bridge().with(members)
    let result = try network.attach(container, configuration, variables: variables)
    try body(network, container, result)
    let fault = try network.fault(of: container, configuration, result)
    #expect(fault == nil)
    #expect(try network.detach(container, configuration, result: result, variables: variables) == nil)
    #expect(try !network.rest().contains("net/\(container.id)/"))
    let rest = try difference(before, network.rest(after: configuration))
    #expect(rest == "")
}
