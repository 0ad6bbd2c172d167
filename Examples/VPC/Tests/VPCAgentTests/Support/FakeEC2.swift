// SPDX-License-Identifier: Apache-2.0

import CNITypes
import EC2

/// EC2 as far as an agent's calls go: limits, space, what takes time, and what goes wrong on purpose.
actor FakeEC2: EC2Service {
    struct Fault: Sendable {
        var action: String
        var error: EC2Error
        /// Whether it happens all the same, and only the answer is lost.
        var happens = false
        var count = 1
    }

    var interfaces: [String: NetworkInterface] = [:]
    var subnets: [String: Subnet]
    var space: [String: [IPPrefix]] = [:]
    var tokens: [String: String] = [:]
    var faults: [Fault] = []
    /// Calls by name.
    var calls: [String] = []
    /// How many looks it takes until attaching or detaching is done.
    var lag = 1
    var pending: [String: (left: Int, isAttach: Bool)] = [:]
    private var counter = 0
    let type: InstanceType
    let instance = "i-1"
    /// Calls that wait until they are let go.
    private var gates: [String: CheckedContinuation<Void, Never>] = [:]
    private var closed: Set<String> = []

    init(enis: Int = 3, addresses: Int = 10, prefixSpace: Int = 14, hypervisor: String = "nitro") {
        type = InstanceType(
            name: "m5.large", hypervisor: hypervisor, virtualCPUs: 2,
            networkCards: [.init(index: 0, maximumInterfaces: enis)], maximumInterfacesOfAllCards: enis,
            ipv4AddressesPerInterface: addresses, ipv6AddressesPerInterface: addresses)
        subnets = [:]
        for (index, id) in ["subnet-a", "subnet-b"].enumerated() {
            subnets[id] = Subnet(
                id: id, vpcID: "vpc-1", availabilityZone: "eu-1a",
                ipv4Network: IPPrefix("10.0.\(index).0/24"),
                availableAddresses: 200 - index,
                tags: index == 0 ? [:] : ["kubernetes.io/role/cni": "1"])
            space[id] = (1...prefixSpace).compactMap { IPPrefix("10.0.\(index).\($0 * 16)/28") }
        }
        interfaces["eni-0"] = NetworkInterface(
            id: "eni-0", status: .inUse, macAddress: MACAddress("02:00:00:00:00:00"), subnetID: "subnet-a",
            vpcID: "vpc-1", securityGroupIDs: ["sg-1"],
            attachment: InterfaceAttachment(
                id: "at-0", deviceIndex: 0, instanceID: "i-1", deletesOnTermination: true),
            addresses: [.init(IPAddress(.v4, bits: 0x0a00_0004), isPrimary: true)])
    }

    func fail(
        _ action: String, _ kind: EC2Error.Kind, code: String = "", happens: Bool = false, count: Int = 1
    ) {
        faults.append(
            Fault(
                action: action,
                error: EC2Error(
                    kind, action: action, code: code, message: "on purpose",
                    mayHaveHappened: happens && kind != .cancelled),
                happens: happens, count: count))
    }

    func close(_ action: String) { closed.insert(action) }

    func open(_ action: String) {
        closed.remove(action)
        gates.removeValue(forKey: action)?.resume()
    }

    func isWaiting(_ action: String) -> Bool { gates[action] != nil }

    func change(_ body: @Sendable (isolated FakeEC2) -> Void) { body(self) }

    /// Notes a call, waits where it has to, and returns the failure that is to come after it has happened.
    func begin(_ action: String) async throws(EC2Error) -> EC2Error? {
        calls.append(action)
        if closed.contains(action) { await withCheckedContinuation { gates[action] = $0 } }
        guard let index = faults.firstIndex(where: { $0.action == action }) else { return nil }
        let fault = faults[index]
        faults[index].count -= 1
        if faults[index].count == 0 { faults.remove(at: index) }
        if fault.happens { return fault.error }
        throw fault.error
    }

    func end(_ failure: EC2Error?) throws(EC2Error) { if let failure { throw failure } }

    private func error(_ kind: EC2Error.Kind, _ action: String, _ code: String) -> EC2Error {
        EC2Error(kind, action: action, code: code, message: code)
    }

    private func take(_ count: Int, _ length: Int, _ subnet: String, _ action: String) throws(EC2Error)
        -> [IPPrefix]
    {
        var left = space[subnet] ?? []
        var taken: [IPPrefix] = []
        while taken.count < count {
            if let index = left.firstIndex(where: { $0.length == length }) {
                taken.append(left.remove(at: index))
            } else if length == 32, let index = left.firstIndex(where: { $0.length == 28 }) {
                let piece = left.remove(at: index)
                left += (0..<16).compactMap { piece.first.advanced(by: $0) }.map(IPPrefix.init(host:))
            } else if length == 28 {
                throw error(.insufficientPrefixes, action, "InsufficientCidrBlocks")
            } else {
                throw error(.insufficientAddresses, action, "InsufficientFreeAddressesInSubnet")
            }
        }
        space[subnet] = left
        return taken
    }

    func createNetworkInterface(_ request: NetworkInterfaceRequest) async throws(EC2Error) -> NetworkInterface
    {
        let failure = try await begin("CreateNetworkInterface")
        if let id = tokens[request.clientToken], let known = interfaces[id] { return known }
        counter += 1
        var made = NetworkInterface(
            id: "eni-\(counter)", macAddress: MACAddress(bits: 0x0200_0000_0000 + UInt64(counter)),
            subnetID: request.subnetID, vpcID: "vpc-1", text: request.text,
            securityGroupIDs: request.securityGroupIDs, tags: request.tags)
        let primary = try take(1, 32, request.subnetID, "CreateNetworkInterface")
        made.addresses = [.init(primary[0].address, isPrimary: true)]
        switch request.ipv4 {
        case .addressCount(let count):
            made.addresses += try take(count, 32, request.subnetID, "CreateNetworkInterface").map {
                .init($0.address)
            }
        case .prefixCount(let count):
            made.ipv4Prefixes = try take(count, 28, request.subnetID, "CreateNetworkInterface")
        default: break
        }
        interfaces[made.id] = made
        tokens[request.clientToken] = made.id
        try end(failure)
        return made
    }

    func attachNetworkInterface(
        _ interface: String, to instance: String, deviceIndex: Int, networkCard: Int
    ) async throws(EC2Error) -> String {
        let failure = try await begin("AttachNetworkInterface")
        guard var eni = interfaces[interface] else {
            throw error(
                .notFound(.networkInterface), "AttachNetworkInterface", "InvalidNetworkInterfaceID.NotFound")
        }
        if eni.attachment != nil {
            throw error(.inUse, "AttachNetworkInterface", "InvalidNetworkInterface.InUse")
        }
        let attached = interfaces.values.compactMap(\.attachment)
        guard attached.count < type.maximumInterfaces else {
            throw error(.attachmentLimit, "AttachNetworkInterface", "AttachmentLimitExceeded")
        }
        guard !attached.contains(where: { $0.deviceIndex == deviceIndex }) else {
            throw error(.deviceIndexInUse, "AttachNetworkInterface", "InvalidParameterValue")
        }
        eni.status = .inUse
        eni.attachment = InterfaceAttachment(
            id: "at-\(interface)", status: .attaching, deviceIndex: deviceIndex, networkCard: networkCard,
            instanceID: instance)
        interfaces[interface] = eni
        pending[interface] = (lag, true)
        try end(failure)
        return "at-\(interface)"
    }

    func detachNetworkInterface(attachment: String, force: Bool) async throws(EC2Error) {
        let failure = try await begin("DetachNetworkInterface")
        guard let id = interfaces.values.first(where: { $0.attachment?.id == attachment })?.id else {
            throw error(.notFound(.attachment), "DetachNetworkInterface", "InvalidAttachmentID.NotFound")
        }
        interfaces[id]?.attachment?.status = .detaching
        interfaces[id]?.status = .detaching
        pending[id] = (lag, false)
        try end(failure)
    }

    func deleteNetworkInterface(_ interface: String) async throws(EC2Error) {
        let failure = try await begin("DeleteNetworkInterface")
        guard let eni = interfaces[interface] else { return }
        guard eni.attachment == nil else {
            throw error(.inUse, "DeleteNetworkInterface", "InvalidParameterValue")
        }
        interfaces[interface] = nil
        space[eni.subnetID, default: []] +=
            eni.addresses.map { IPPrefix(host: $0.address) } + eni.ipv4Prefixes
        try end(failure)
    }

    func modifyNetworkInterface(_ interface: String, _ change: NetworkInterfaceChange) async throws(EC2Error)
    {
        let failure = try await begin("ModifyNetworkInterfaceAttribute")
        if case .deletesOnTermination(_, let deletes) = change {
            interfaces[interface]?.attachment?.deletesOnTermination = deletes
        }
        try end(failure)
    }

    func assignPrivateIPAddresses(
        _ wish: AddressWish, to interface: String
    ) async throws(EC2Error) -> AssignedAddresses {
        let action = "AssignPrivateIpAddresses"
        let failure = try await begin(action)
        guard let eni = interfaces[interface] else {
            throw error(.notFound(.networkInterface), action, "InvalidNetworkInterfaceID.NotFound")
        }
        let used = eni.addresses.count + eni.ipv4Prefixes.count
        var assigned = AssignedAddresses()
        switch wish {
        case .addressCount(let count):
            guard used + count <= type.ipv4AddressesPerInterface else {
                throw error(.addressLimit, action, "PrivateIpAddressLimitExceeded")
            }
            assigned.addresses = try take(count, 32, eni.subnetID, action).map(\.address)
        case .prefixCount(let count):
            guard used + count <= type.ipv4AddressesPerInterface else {
                throw error(.addressLimit, action, "PrivateIpAddressLimitExceeded")
            }
            assigned.prefixes = try take(count, 28, eni.subnetID, action)
        default: break
        }
        interfaces[interface]?.addresses += assigned.addresses.map { .init($0) }
        interfaces[interface]?.ipv4Prefixes += assigned.prefixes
        try end(failure)
        return assigned
    }

    func unassignPrivateIPAddresses(
        _ addresses: AssignedAddresses, from interface: String
    ) async throws(EC2Error) {
        let failure = try await begin("UnassignPrivateIpAddresses")
        guard let eni = interfaces[interface] else { return }
        interfaces[interface]?.addresses.removeAll { addresses.addresses.contains($0.address) }
        interfaces[interface]?.ipv4Prefixes.removeAll { addresses.prefixes.contains($0) }
        space[eni.subnetID, default: []] += addresses.addresses.map(IPPrefix.init(host:)) + addresses.prefixes
        try end(failure)
    }

    func assignIPv6Addresses(_ wish: AddressWish, to interface: String) async throws(EC2Error)
        -> AssignedAddresses
    {
        let failure = try await begin("AssignIpv6Addresses")
        counter += 1
        let prefixes = [IPPrefix("2001:db8:\(counter)::/80")].compactMap { $0 }
        interfaces[interface]?.ipv6Prefixes += prefixes
        try end(failure)
        return AssignedAddresses(prefixes: prefixes)
    }

    func unassignIPv6Addresses(_ addresses: AssignedAddresses, from interface: String) async throws(EC2Error)
    {
        interfaces[interface]?.ipv6Prefixes.removeAll { addresses.prefixes.contains($0) }
    }
}
