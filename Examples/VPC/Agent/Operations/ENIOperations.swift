// SPDX-License-Identifier: Apache-2.0

package import AddressPool
internal import Addressing
package import EC2
package import Logging

/// Makes plans' actions happen in EC2, each so that it can be interrupted anywhere: what is half done shows by its tags.
package struct ENIOperations: Sendable {
    package var service: any EC2Service
    package var node: NodeIdentity
    package var options: AgentOptions
    package var logger: Logger
    /// Shows that an ENI is attached without a call of EC2; nil if only EC2 is asked.
    package var metadata: (any MetadataService)?
    /// The security groups of ENIs for pods, if others than the primary ENI's.
    package var securityGroups: [String]?
    /// How long to wait before looking again at what takes its time.
    package var pause = Duration.milliseconds(500)
    /// How long attaching and detaching may take.
    package var patience = Duration.seconds(90)
    /// Seconds since 1970.
    package var clock: @Sendable () -> Int64

    package init(
        service: any EC2Service, node: NodeIdentity, options: AgentOptions, logger: Logger,
        clock: @escaping @Sendable () -> Int64
    ) {
        self.service = service
        self.node = node
        self.options = options
        self.logger = logger
        self.clock = clock
    }

    /// Does an action, and waits until it has happened.
    package func perform(_ action: Action) async -> ActionOutcome {
        do throws(EC2Error) {
            switch action {
            case .create(let creation): return .created(try await create(creation))
            case .assignAddresses(let eni, let count):
                return .assigned(
                    Self.blocks(
                        try await service.assignPrivateIPAddresses(.addressCount(count), to: eni.text)))
            case .assignPrefixes(let eni, let count):
                return .assigned(
                    Self.blocks(try await service.assignPrivateIPAddresses(.prefixCount(count), to: eni.text))
                )
            case .assignIPv6Prefix(let eni):
                return .assigned(
                    Self.blocks(try await service.assignIPv6Addresses(.prefixCount(1), to: eni.text)))
            case .unassign(let eni, let blocks):
                let v4 = blocks.filter { $0.family == .v4 }
                let v6 = blocks.filter { $0.family == .v6 }
                if !v4.isEmpty {
                    try await service.unassignPrivateIPAddresses(Self.addresses(v4), from: eni.text)
                }
                if !v6.isEmpty { try await service.unassignIPv6Addresses(Self.addresses(v6), from: eni.text) }
                return .unassigned(blocks)
            case .remove(let eni):
                try await remove(eni.text)
                return .removed
            }
        } catch {
            return .failed(error)
        }
    }

    private static func blocks(_ assigned: AssignedAddresses) -> [IPPrefix] {
        assigned.addresses.map(IPPrefix.init(host:)) + assigned.prefixes
    }

    private static func addresses(_ blocks: [IPPrefix]) -> AssignedAddresses {
        AssignedAddresses(
            addresses: blocks.filter { $0.length == $0.family.bitWidth }.map(\.address),
            prefixes: blocks.filter { $0.length < $0.family.bitWidth })
    }

    /// An interface as it is now; nil if EC2 does not know it, or not yet.
    func describe(_ id: String) async throws(EC2Error) -> NetworkInterface? {
        // As a filter's value an id that is not there is left out, and does not fail the call.
        try await service.describeNetworkInterfaces(.matching("network-interface-id", id)).first
    }

    func wait(_ pause: Duration) async throws(EC2Error) {
        do {
            try await Task.sleep(for: pause)
        } catch {
            throw EC2Error(.cancelled, action: "wait", message: "cancelled")
        }
    }
}
