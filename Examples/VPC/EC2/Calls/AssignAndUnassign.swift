// SPDX-License-Identifier: Apache-2.0

internal import CNITypes

struct AssignPrivateIpAddresses: EC2Call {
    static let action = "AssignPrivateIpAddresses"
    let repetition = Repetition.harmful
    let interface: String
    let wish: AddressWish

    func describe(in parameters: inout QueryParameters) {
        parameters.set("NetworkInterfaceId", interface)
        switch wish {
        case .addressCount(let count): parameters.set("SecondaryPrivateIpAddressCount", count)
        case .addresses(let addresses): parameters.list("PrivateIpAddress", addresses.map(\.description))
        case .prefixCount(let count): parameters.set("Ipv4PrefixCount", count)
        case .prefixes(let prefixes): parameters.list("Ipv4Prefix", prefixes.map(\.description))
        }
    }

    func answer(_ root: XMLElement) throws(XMLElement.Mistake) -> AssignedAddresses {
        typealias Mistake = XMLElement.Mistake
        return AssignedAddresses(
            addresses: try root.values(
                of: "assignedPrivateIpAddressesSet",
                { (item) throws(Mistake) in try item.address("privateIpAddress") }, "privateIpAddress"),
            prefixes: try root.values(
                of: "assignedIpv4PrefixSet", { (item) throws(Mistake) in try item.prefix("ipv4Prefix") },
                "ipv4Prefix"))
    }
}

struct UnassignPrivateIpAddresses: SilentCall {
    static let action = "UnassignPrivateIpAddresses"
    let repetition = Repetition.harmless
    let interface: String
    let addresses: AssignedAddresses

    func describe(in parameters: inout QueryParameters) {
        parameters.set("NetworkInterfaceId", interface)
        parameters.list("PrivateIpAddress", addresses.addresses.map(\.description))
        parameters.list("Ipv4Prefix", addresses.prefixes.map(\.description))
    }

    func settled(by kind: EC2Error.Kind) -> Void? { kind == .addressNotAssigned ? () : nil }
}

struct AssignIpv6Addresses: EC2Call {
    static let action = "AssignIpv6Addresses"
    let repetition = Repetition.harmful
    let interface: String
    let wish: AddressWish

    func describe(in parameters: inout QueryParameters) {
        parameters.set("NetworkInterfaceId", interface)
        switch wish {
        case .addressCount(let count): parameters.set("Ipv6AddressCount", count)
        case .addresses(let addresses): parameters.list("Ipv6Addresses", addresses.map(\.description))
        case .prefixCount(let count): parameters.set("Ipv6PrefixCount", count)
        case .prefixes(let prefixes): parameters.list("Ipv6Prefix", prefixes.map(\.description))
        }
    }

    func answer(_ root: XMLElement) throws(XMLElement.Mistake) -> AssignedAddresses {
        AssignedAddresses(
            addresses: try root.texts(of: "assignedIpv6Addresses", "an address") { IPAddress($0) },
            prefixes: try root.texts(of: "assignedIpv6PrefixSet", "a network") { IPPrefix($0) })
    }
}

struct UnassignIpv6Addresses: SilentCall {
    static let action = "UnassignIpv6Addresses"
    let repetition = Repetition.harmless
    let interface: String
    let addresses: AssignedAddresses

    func describe(in parameters: inout QueryParameters) {
        parameters.set("NetworkInterfaceId", interface)
        parameters.list("Ipv6Addresses", addresses.addresses.map(\.description))
        parameters.list("Ipv6Prefix", addresses.prefixes.map(\.description))
    }

    func settled(by kind: EC2Error.Kind) -> Void? { kind == .addressNotAssigned ? () : nil }
}

extension EC2Client {
    /// Gives an interface more IPv4 addresses or prefixes: all that were asked for, or none.
    ///
    /// A lost answer is not repeated: look at the interface.
    public func assignPrivateIPAddresses(
        _ wish: AddressWish, to interface: String
    ) async throws(EC2Error) -> AssignedAddresses {
        try await perform(AssignPrivateIpAddresses(interface: interface, wish: wish))
    }

    /// Takes secondary IPv4 addresses or prefixes from an interface; none, no call.
    public func unassignPrivateIPAddresses(
        _ addresses: AssignedAddresses, from interface: String
    ) async throws(EC2Error) {
        guard !addresses.isEmpty else { return }
        try await perform(UnassignPrivateIpAddresses(interface: interface, addresses: addresses))
    }

    /// Gives an interface more IPv6 addresses or prefixes: all that were asked for, or none.
    ///
    /// A lost answer is not repeated: look at the interface.
    public func assignIPv6Addresses(
        _ wish: AddressWish, to interface: String
    ) async throws(EC2Error) -> AssignedAddresses {
        try await perform(AssignIpv6Addresses(interface: interface, wish: wish))
    }

    /// Takes IPv6 addresses or prefixes from an interface; none, no call.
    public func unassignIPv6Addresses(
        _ addresses: AssignedAddresses, from interface: String
    ) async throws(EC2Error) {
        guard !addresses.isEmpty else { return }
        try await perform(UnassignIpv6Addresses(interface: interface, addresses: addresses))
    }
}
