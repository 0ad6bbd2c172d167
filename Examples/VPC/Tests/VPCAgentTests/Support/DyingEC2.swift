// SPDX-License-Identifier: Apache-2.0

import EC2
import Synchronization

/// EC2 as an agent sees it that is killed at a certain change.
///
/// Before the change was sent, or after it had its effect and before the answer was read. Past that nothing the agent does
/// reaches EC2.
final class DyingEC2: EC2Service {
    private struct Life {
        var changes = 0
        var isOver = false
    }

    private let base: any EC2Service
    /// Which change it is, counted from 1.
    private let last: Int
    private let happens: Bool
    private let life = Mutex(Life())

    init(_ base: any EC2Service, at last: Int, happens: Bool) {
        self.base = base
        self.last = last
        self.happens = happens
    }

    var isOver: Bool { life.withLock { $0.isOver } }
    /// How many changes there were.
    var changes: Int { life.withLock { $0.changes } }

    private var killed: EC2Error { EC2Error(.cancelled, action: "test", message: "killed") }

    private func look<Answer>(_ body: () async throws(EC2Error) -> Answer) async throws(EC2Error) -> Answer {
        if isOver { throw killed }
        return try await body()
    }

    private func change<Answer>(_ body: () async throws(EC2Error) -> Answer) async throws(EC2Error) -> Answer
    {
        let isLast = life.withLock { life -> Bool? in
            if life.isOver { return nil }
            life.changes += 1
            guard life.changes == last else { return false }
            // Whatever else is under way side by side ends here, too.
            life.isOver = true
            return true
        }
        guard let isLast else { throw killed }
        if isLast, !happens { throw killed }
        let answer = try await body()
        if isLast { throw killed }
        return answer
    }

    func createNetworkInterface(_ request: NetworkInterfaceRequest) async throws(EC2Error) -> NetworkInterface
    {
        try await change { () async throws(EC2Error) in try await base.createNetworkInterface(request) }
    }

    func attachNetworkInterface(
        _ interface: String, to instance: String, deviceIndex: Int, networkCard: Int
    ) async throws(EC2Error) -> String {
        try await change { () async throws(EC2Error) in
            try await base.attachNetworkInterface(
                interface, to: instance, deviceIndex: deviceIndex, networkCard: networkCard)
        }
    }

    func detachNetworkInterface(attachment: String, force: Bool) async throws(EC2Error) {
        try await change { () async throws(EC2Error) in
            try await base.detachNetworkInterface(attachment: attachment, force: force)
        }
    }

    func deleteNetworkInterface(_ interface: String) async throws(EC2Error) {
        try await change { () async throws(EC2Error) in try await base.deleteNetworkInterface(interface) }
    }

    func modifyNetworkInterface(
        _ interface: String, _ modification: NetworkInterfaceChange
    ) async throws(EC2Error) {
        try await change { () async throws(EC2Error) in
            try await base.modifyNetworkInterface(interface, modification)
        }
    }

    func assignPrivateIPAddresses(
        _ wish: AddressWish, to interface: String
    ) async throws(EC2Error) -> AssignedAddresses {
        try await change { () async throws(EC2Error) in
            try await base.assignPrivateIPAddresses(wish, to: interface)
        }
    }

    func unassignPrivateIPAddresses(
        _ addresses: AssignedAddresses, from interface: String
    ) async throws(EC2Error) {
        try await change { () async throws(EC2Error) in
            try await base.unassignPrivateIPAddresses(addresses, from: interface)
        }
    }

    func assignIPv6Addresses(
        _ wish: AddressWish, to interface: String
    ) async throws(EC2Error) -> AssignedAddresses {
        try await change { () async throws(EC2Error) in
            try await base.assignIPv6Addresses(wish, to: interface)
        }
    }

    func unassignIPv6Addresses(
        _ addresses: AssignedAddresses, from interface: String
    ) async throws(EC2Error) {
        try await change { () async throws(EC2Error) in
            try await base.unassignIPv6Addresses(addresses, from: interface)
        }
    }

    func describeNetworkInterfaces(_ selection: Selection) async throws(EC2Error) -> [NetworkInterface] {
        try await look { () async throws(EC2Error) in try await base.describeNetworkInterfaces(selection) }
    }

    func describeInstances(_ selection: Selection) async throws(EC2Error) -> [Instance] {
        try await look { () async throws(EC2Error) in try await base.describeInstances(selection) }
    }

    func describeInstanceTypes(_ selection: Selection) async throws(EC2Error) -> [InstanceType] {
        try await look { () async throws(EC2Error) in try await base.describeInstanceTypes(selection) }
    }

    func describeSubnets(_ selection: Selection) async throws(EC2Error) -> [Subnet] {
        try await look { () async throws(EC2Error) in try await base.describeSubnets(selection) }
    }

    func describeSecurityGroups(_ selection: Selection) async throws(EC2Error) -> [SecurityGroup] {
        try await look { () async throws(EC2Error) in try await base.describeSecurityGroups(selection) }
    }

    func createTags(_ tags: [String: String], on resources: [String]) async throws(EC2Error) {
        try await change { () async throws(EC2Error) in try await base.createTags(tags, on: resources) }
    }

    func checkPermissions(_ subject: PermissionSubject) async throws(EC2Error) -> [PermissionCheck] {
        try await look { () async throws(EC2Error) in try await base.checkPermissions(subject) }
    }
}
