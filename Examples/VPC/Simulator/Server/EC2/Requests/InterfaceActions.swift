// SPDX-License-Identifier: Apache-2.0

import Addressing
import VPCModel

extension EC2Action {
    /// The calls on network interfaces, but for those on their addresses.
    static let interfaceActions = [
        EC2Action("CreateNetworkInterface", read: createInterface) { writer, interface, call, region in
            writer.group("networkInterface") {
                $0.networkInterface(interface, in: region.resources, of: region.settings)
            }
            writer.element("clientToken", call.clientToken)
        },
        EC2Action("AttachNetworkInterface") { (parameters, _) throws(EC2Error) in
            let call = AttachNetworkInterface(
                interface: try parameters.required("NetworkInterfaceId"),
                instance: try parameters.required("InstanceId"),
                deviceIndex: try parameters.requiredInt("DeviceIndex"),
                networkCard: try parameters.int("NetworkCardIndex"))
            return call
        } write: { writer, attachment, _, _ in
            writer.element("attachmentId", attachment.id)
            writer.element("networkCardIndex", attachment.networkCard)
        },
        EC2Action(done: "DetachNetworkInterface") { (parameters, _) throws(EC2Error) in
            DetachNetworkInterface(
                attachment: try parameters.required("AttachmentId"),
                force: try parameters.bool("Force") ?? false)
        },
        EC2Action(done: "DeleteNetworkInterface") { (parameters, _) throws(EC2Error) in
            DeleteNetworkInterface(interface: try parameters.required("NetworkInterfaceId"))
        },
        EC2Action(done: "ModifyNetworkInterfaceAttribute", read: modifyInterface),
        EC2Action("DescribeNetworkInterfaces") { (parameters, _) throws(EC2Error) in
            parameters.ignore("IncludeManagedResources")
            return DescribeNetworkInterfaces(try parameters.describeRequest(ids: "NetworkInterfaceId"))
        } write: { writer, page, _, region in
            writer.list("networkInterfaceSet", page.items) {
                $0.networkInterface($1, in: page.resources, of: region.settings)
            }
            writer.element("nextToken", page.nextToken)
        },
    ]

    @Sendable private static func createInterface(
        _ parameters: inout QueryParameters, _: Region
    ) throws(EC2Error) -> CreateNetworkInterface {
        var call = CreateNetworkInterface(subnet: try parameters.required("SubnetId"))
        call.description = parameters.text("Description") ?? ""
        call.groups = parameters.list("SecurityGroupId")
        call.primaryAddress = try parameters.address("PrivateIpAddress", .v4)
        for item in parameters.items("PrivateIpAddresses") {
            let isPrimary = try parameters.bool(item + ".Primary") ?? false
            guard let address = try parameters.address(item + ".PrivateIpAddress", .v4) else { continue }
            if isPrimary {
                guard call.primaryAddress == nil || call.primaryAddress == address else {
                    throw .invalidCombination("Only one primary private IP address can be specified.")
                }
                call.primaryAddress = address
            } else {
                call.ipv4.addresses.append(address)
            }
        }
        call.ipv4.count = try parameters.int("SecondaryPrivateIpAddressCount")
        call.ipv4.prefixes = try parameters.prefixes("Ipv4Prefix", member: ".Ipv4Prefix")
        call.ipv4.prefixCount = try parameters.int("Ipv4PrefixCount")
        call.ipv6.addresses = try parameters.addresses("Ipv6Addresses", .v6, member: ".Ipv6Address")
        call.ipv6.count = try parameters.int("Ipv6AddressCount")
        call.ipv6.prefixes = try parameters.prefixes("Ipv6Prefix", member: ".Ipv6Prefix")
        call.ipv6.prefixCount = try parameters.int("Ipv6PrefixCount")
        call.type = parameters.text("InterfaceType") ?? "interface"
        call.tags = try parameters.tags(of: .networkInterface)
        call.clientToken = parameters.text("ClientToken")
        call.enablesPrimaryIPv6 = try parameters.bool("EnablePrimaryIpv6") ?? false
        call.connectionTracking = try parameters.connectionTracking()
        return call
    }

    @Sendable private static func modifyInterface(
        _ parameters: inout QueryParameters, _: Region
    ) throws(EC2Error) -> ModifyNetworkInterfaceAttribute {
        var changes: [ModifyNetworkInterfaceAttribute.Change] = []
        if let text = parameters.text("Description.Value") { changes.append(.description(text)) }
        if let isOn = try parameters.bool("SourceDestCheck.Value") {
            changes.append(.sourceDestinationCheck(isOn))
        }
        let groups = parameters.list("SecurityGroupId")
        if !groups.isEmpty { changes.append(.groups(groups)) }
        if let attachment = parameters.text("Attachment.AttachmentId") {
            guard let isOn = try parameters.bool("Attachment.DeleteOnTermination") else {
                throw .missing("attachment.deleteOnTermination")
            }
            changes.append(.deleteOnTermination(attachment: attachment, isOn))
        }
        if let tracking = try parameters.connectionTracking() {
            changes.append(.connectionTracking(tracking))
        }
        if let isOn = try parameters.bool("EnablePrimaryIpv6") { changes.append(.primaryIPv6(isOn)) }
        return ModifyNetworkInterfaceAttribute(
            interface: try parameters.required("NetworkInterfaceId"), changes: changes)
    }
}

extension QueryParameters {
    mutating func requiredInt(_ name: String) throws(EC2Error) -> Int {
        guard let number = try int(name) else {
            throw .missing(name.prefix(1).lowercased() + name.dropFirst())
        }
        return number
    }

    fileprivate mutating func connectionTracking() throws(EC2Error) -> NetworkInterface.ConnectionTracking? {
        let name = "ConnectionTrackingSpecification"
        let tracking = NetworkInterface.ConnectionTracking(
            tcpEstablished: try int("\(name).TcpEstablishedTimeout"),
            udpStream: try int("\(name).UdpStreamTimeout"),
            udp: try int("\(name).UdpTimeout"))
        return tracking == NetworkInterface.ConnectionTracking() ? nil : tracking
    }
}
