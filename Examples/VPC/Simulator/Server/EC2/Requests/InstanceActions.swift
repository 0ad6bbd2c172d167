// SPDX-License-Identifier: Apache-2.0

import Addressing
import VPCModel

extension EC2Action {
    /// The calls on instances and their types.
    static let instanceActions = [
        EC2Action("RunInstances", read: runInstances) { writer, instances, _, region in
            writer.reservation(instances, in: region.resources, of: region.settings)
        },
        EC2Action("TerminateInstances") { (parameters, _) throws(EC2Error) in
            parameters.ignore("Force", "SkipOsShutdown")
            return TerminateInstances(instances: parameters.list("InstanceId"))
        } write: { writer, changes, _, _ in
            writer.stateChanges(changes)
        },
        EC2Action("StopInstances") { (parameters, _) throws(EC2Error) in
            parameters.ignore("Force", "Hibernate", "SkipOsShutdown")
            return StopInstances(instances: parameters.list("InstanceId"))
        } write: { writer, changes, _, _ in
            writer.stateChanges(changes)
        },
        EC2Action("StartInstances") { (parameters, _) throws(EC2Error) in
            StartInstances(instances: parameters.list("InstanceId"))
        } write: { writer, changes, _, _ in
            writer.stateChanges(changes)
        },
        EC2Action(done: "RebootInstances") { (parameters, _) throws(EC2Error) in
            RebootInstances(instances: parameters.list("InstanceId"))
        },
        EC2Action("DescribeInstances") { (parameters, _) throws(EC2Error) in
            parameters.ignore("IncludeManagedResources")
            return DescribeInstances(try parameters.describeRequest(ids: "InstanceId"))
        } write: { writer, page, _, region in
            var reservations: [[Instance]] = []
            for instance in page.items {
                if reservations.last?.first?.reservation == instance.reservation {
                    reservations[reservations.count - 1].append(instance)
                } else {
                    reservations.append([instance])
                }
            }
            writer.list("reservationSet", reservations) {
                $0.reservation($1, in: page.resources, of: region.settings)
            }
            writer.element("nextToken", page.nextToken)
        },
        EC2Action("DescribeInstanceTypes") { (parameters, _) throws(EC2Error) in
            DescribeInstanceTypes(try parameters.describeRequest(ids: "InstanceType"))
        } write: { writer, page, _, _ in
            writer.list("instanceTypeSet", page.items) { $0.instanceType($1.type) }
            writer.element("nextToken", page.nextToken)
        },
    ]

    @Sendable private static func runInstances(
        _ parameters: inout QueryParameters, _ region: Region
    ) throws(EC2Error) -> RunInstances {
        parameters.ignore(
            "BlockDeviceMapping", "KeyName", "UserData", "Monitoring", "EbsOptimized", "CreditSpecification",
            "InstanceInitiatedShutdownBehavior", "DisableApiTermination", "DisableApiStop", "CpuOptions",
            "EnclaveOptions", "MaintenanceOptions", "PrivateDnsNameOptions", "InstanceMarketOptions",
            "Placement")
        let minimum = try parameters.int("MinCount") ?? 1
        var call = RunInstances(interfaces: try parameters.launchInterfaces())
        call.count = max(minimum, try parameters.int("MaxCount") ?? minimum)
        call.type = parameters.text("InstanceType") ?? "m1.small"
        call.image = parameters.text("ImageId") ?? call.image
        call.clientToken = parameters.text("ClientToken")
        call.instanceTags = try parameters.tags(of: .instance)
        call.interfaceTags = try parameters.tags(of: .networkInterface)
        let arn = parameters.text("IamInstanceProfile.Arn")
        call.role =
            parameters.text("IamInstanceProfile.Name") ?? arn?.split(separator: "/").last.map(String.init)
        if let tokens = parameters.text("MetadataOptions.HttpTokens") {
            call.metadata.requiresToken = tokens == "required"
        }
        if let endpoint = parameters.text("MetadataOptions.HttpEndpoint") {
            call.metadata.isEnabled = endpoint == "enabled"
        }
        call.metadata.hopLimit = try parameters.int("MetadataOptions.HttpPutResponseHopLimit") ?? 1
        call.metadata.ipv6 = parameters.text("MetadataOptions.HttpProtocolIpv6") == "enabled"
        call.metadata.instanceTags = parameters.text("MetadataOptions.InstanceMetadataTags") == "enabled"
        return call
    }
}

extension QueryParameters {
    /// The interfaces of a launch: those in `NetworkInterface`, or one from the call's own parameters.
    fileprivate mutating func launchInterfaces() throws(EC2Error) -> [RunInstances.Interface] {
        let items = items("NetworkInterface")
        guard !items.isEmpty else { return [try launchInterface("", deviceIndex: 0)] }
        guard text("SubnetId") == nil, list("SecurityGroupId").isEmpty else {
            throw .invalidCombination(
                "Network interfaces and an instance-level subnet ID may not be specified on the same request")
        }
        var interfaces: [RunInstances.Interface] = []
        for item in items {
            interfaces.append(
                try launchInterface(item + ".", deviceIndex: try requiredInt(item + ".DeviceIndex")))
        }
        return interfaces
    }

    private mutating func launchInterface(
        _ beginning: String, deviceIndex: Int
    ) throws(EC2Error) -> RunInstances.Interface {
        var interface = RunInstances.Interface(deviceIndex: deviceIndex)
        if !beginning.isEmpty {
            interface.networkCard = try int(beginning + "NetworkCardIndex") ?? 0
            interface.existing = text(beginning + "NetworkInterfaceId")
            interface.deleteOnTermination = try bool(beginning + "DeleteOnTermination")
            interface.wantsPublicAddress = try bool(beginning + "AssociatePublicIpAddress")
        }
        guard interface.existing == nil else { return interface }
        var new = CreateNetworkInterface(subnet: try required(beginning + "SubnetId"))
        new.groups = list(beginning + "SecurityGroupId")
        new.primaryAddress = try address(beginning + "PrivateIpAddress", .v4)
        new.ipv6.count = try int(beginning + "Ipv6AddressCount")
        new.ipv6.addresses = try addresses(beginning + "Ipv6Addresses", .v6, member: ".Ipv6Address")
        if !beginning.isEmpty {
            new.description = text(beginning + "Description") ?? ""
            new.type = text(beginning + "InterfaceType") ?? "interface"
            new.ipv4.count = try int(beginning + "SecondaryPrivateIpAddressCount")
            new.ipv4.prefixCount = try int(beginning + "Ipv4PrefixCount")
            new.ipv6.prefixCount = try int(beginning + "Ipv6PrefixCount")
        }
        interface.new = new
        return interface
    }
}
