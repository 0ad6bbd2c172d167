// SPDX-License-Identifier: Apache-2.0

internal import CNITypes

struct CreateNetworkInterface: EC2Call {
    static let action = "CreateNetworkInterface"
    /// The client token sees to it.
    let repetition = Repetition.harmless
    let request: NetworkInterfaceRequest

    func describe(in parameters: inout QueryParameters) {
        parameters.set("SubnetId", request.subnetID)
        parameters.set("Description", request.text.isEmpty ? nil : request.text)
        parameters.list("SecurityGroupId", request.securityGroupIDs)
        switch request.ipv4 {
        case nil: break
        case .addressCount(let count): parameters.set("SecondaryPrivateIpAddressCount", count)
        case .prefixCount(let count): parameters.set("Ipv4PrefixCount", count)
        case .prefixes(let prefixes):
            parameters.list("Ipv4Prefix", prefixes.map(\.description), member: "Ipv4Prefix")
        case .addresses(let addresses):
            // The first one of such a list would be primary if none is said to be so.
            for (index, address) in addresses.enumerated() {
                parameters.set("PrivateIpAddresses.\(index + 1).Primary", false)
                parameters.set("PrivateIpAddresses.\(index + 1).PrivateIpAddress", address.description)
            }
        }
        switch request.ipv6 {
        case nil: break
        case .addressCount(let count): parameters.set("Ipv6AddressCount", count)
        case .prefixCount(let count): parameters.set("Ipv6PrefixCount", count)
        case .prefixes(let prefixes):
            parameters.list("Ipv6Prefix", prefixes.map(\.description), member: "Ipv6Prefix")
        case .addresses(let addresses):
            parameters.list("Ipv6Addresses", addresses.map(\.description), member: "Ipv6Address")
        }
        parameters.set("InterfaceType", request.interfaceType)
        if let tracking = request.connectionTracking { parameters.set(tracking) }
        if !request.tags.isEmpty {
            parameters.set("TagSpecification.1.ResourceType", "network-interface")
            parameters.tags("TagSpecification.1.Tag", request.tags)
        }
        parameters.set("ClientToken", request.clientToken)
    }

    func answer(_ root: XMLElement) throws(XMLElement.Mistake) -> NetworkInterface {
        try NetworkInterface(root.element("networkInterface"))
    }
}

struct DeleteNetworkInterface: SilentCall {
    static let action = "DeleteNetworkInterface"
    let repetition = Repetition.harmless
    let interface: String

    func describe(in parameters: inout QueryParameters) {
        parameters.set("NetworkInterfaceId", interface)
    }

    func settled(by kind: EC2Error.Kind) -> Void? { kind == .notFound(.networkInterface) ? () : nil }
}

struct ModifyNetworkInterfaceAttribute: SilentCall {
    static let action = "ModifyNetworkInterfaceAttribute"
    let repetition = Repetition.harmless
    let interface: String
    let change: NetworkInterfaceChange

    func describe(in parameters: inout QueryParameters) {
        parameters.set("NetworkInterfaceId", interface)
        switch change {
        case .text(let text): parameters.set("Description.Value", text)
        case .securityGroupIDs(let ids): parameters.list("SecurityGroupId", ids)
        case .checksSourceAndDestination(let checks): parameters.set("SourceDestCheck.Value", checks)
        case .deletesOnTermination(let attachment, let deletes):
            parameters.set("Attachment.AttachmentId", attachment)
            parameters.set("Attachment.DeleteOnTermination", deletes)
        case .connectionTracking(let tracking): parameters.set(tracking)
        }
    }
}

extension QueryParameters {
    fileprivate mutating func set(_ tracking: ConnectionTracking) {
        let name = "ConnectionTrackingSpecification"
        set("\(name).TcpEstablishedTimeout", tracking.tcpEstablishedTimeout)
        set("\(name).UdpStreamTimeout", tracking.udpStreamTimeout)
        set("\(name).UdpTimeout", tracking.udpTimeout)
    }
}

extension EC2Client {
    /// Creates an interface; twice with the same client token creates one.
    public func createNetworkInterface(
        _ request: NetworkInterfaceRequest
    ) async throws(EC2Error) -> NetworkInterface {
        try await perform(CreateNetworkInterface(request: request))
    }

    /// Deletes an interface, which has to be detached; one that a lost answer has deleted is no failure.
    public func deleteNetworkInterface(_ interface: String) async throws(EC2Error) {
        try await perform(DeleteNetworkInterface(interface: interface))
    }

    /// Changes one attribute of an interface.
    public func modifyNetworkInterface(
        _ interface: String, _ change: NetworkInterfaceChange
    ) async throws(EC2Error) {
        try await perform(ModifyNetworkInterfaceAttribute(interface: interface, change: change))
    }
}
