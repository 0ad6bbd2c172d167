// SPDX-License-Identifier: Apache-2.0

import Addressing
import VPCModel

extension XMLWriter {
    /// The elements of a network interface, as DescribeNetworkInterfaces and CreateNetworkInterface have them.
    mutating func networkInterface(
        _ interface: NetworkInterface, in resources: Resources, of settings: RegionSettings
    ) {
        element("networkInterfaceId", interface.id)
        element("subnetId", interface.subnet)
        element("vpcId", interface.vpc)
        element("availabilityZone", interface.zone)
        element("availabilityZoneId", interface.zoneID)
        element("description", interface.description)
        element("ownerId", settings.account)
        element("requesterManaged", false)
        element("status", interface.status)
        element("interfaceType", interface.type)
        element("sourceDestCheck", interface.checksSourceAndDestination)
        groupSet(interface.groups, in: resources)
        if let attachment = interface.attachment {
            group("attachment") {
                $0.element("instanceId", attachment.instance)
                $0.element("instanceOwnerId", settings.account)
                $0.attachment(attachment)
            }
        }
        if let tracking = interface.connectionTracking {
            group("connectionTrackingConfiguration") {
                $0.element("tcpEstablishedTimeout", tracking.tcpEstablished)
                $0.element("udpStreamTimeout", tracking.udpStream)
                $0.element("udpTimeout", tracking.udp)
            }
        }
        addresses(of: interface, settings: settings)
        tags(interface.tags)
        element("denyAllIgwTraffic", false)
        element("ipv6Native", false)
        group("operator") { $0.element("managed", false) }
    }

    /// The elements of a network interface as DescribeInstances has them: a shape of its own.
    mutating func instanceInterface(
        _ interface: NetworkInterface, in resources: Resources, of settings: RegionSettings
    ) {
        element("networkInterfaceId", interface.id)
        element("subnetId", interface.subnet)
        element("vpcId", interface.vpc)
        element("description", interface.description)
        element("ownerId", settings.account)
        element("status", interface.status)
        element("interfaceType", interface.type)
        element("sourceDestCheck", interface.checksSourceAndDestination)
        groupSet(interface.groups, in: resources)
        if let attachment = interface.attachment { group("attachment") { $0.attachment(attachment) } }
        addresses(of: interface, settings: settings)
    }

    /// Groups with their names.
    mutating func groupSet(_ groups: [String], in resources: Resources) {
        list("groupSet", groups) { writer, id in
            writer.element("groupId", id)
            writer.element("groupName", resources.groups[id]?.name ?? "")
        }
    }

    /// Tags, sorted by key.
    mutating func tags(_ tags: [String: String]) {
        list("tagSet", tags.sorted { $0.key < $1.key }) { writer, tag in
            writer.element("key", tag.key)
            writer.element("value", tag.value)
        }
    }

    private mutating func attachment(_ attachment: Attachment) {
        element("attachmentId", attachment.id)
        element("attachTime", attachment.attachedAt.description)
        element("deleteOnTermination", attachment.deleteOnTermination)
        element("deviceIndex", attachment.deviceIndex)
        element("networkCardIndex", attachment.networkCard)
        element("status", attachment.status.rawValue)
    }

    private mutating func addresses(of interface: NetworkInterface, settings: RegionSettings) {
        element("macAddress", interface.mac.description)
        element("privateIpAddress", interface.primaryAddress?.description)
        element("privateDnsName", settings.dnsName(of: interface.primaryAddress))
        association(interface.addresses.first?.publicAddress)
        list("privateIpAddressesSet", interface.addresses) { writer, address in
            writer.element("privateIpAddress", address.address.description)
            writer.element("privateDnsName", settings.dnsName(of: address.address))
            writer.element("primary", address.isPrimary)
            writer.association(address.publicAddress)
        }
        list("ipv4PrefixSet", interface.ipv4Prefixes) { $0.element("ipv4Prefix", $1.description) }
        list("ipv6AddressesSet", Array(interface.ipv6Addresses.enumerated())) { writer, entry in
            writer.element("ipv6Address", entry.element.description)
            writer.element("isPrimaryIpv6", interface.hasPrimaryIPv6 && entry.offset == 0)
        }
        list("ipv6PrefixSet", interface.ipv6Prefixes) { $0.element("ipv6Prefix", $1.description) }
        if interface.hasPrimaryIPv6 { element("ipv6Address", interface.ipv6Addresses.first?.description) }
    }

    private mutating func association(_ address: IPAddress?) {
        guard let address else { return }
        group("association") {
            $0.element("publicIp", address.description)
            $0.element("ipOwnerId", "amazon")
            $0.element("publicDnsName", "")
        }
    }
}
