// SPDX-License-Identifier: Apache-2.0

internal import CNITypes

extension NetworkInterface {
    /// Reads a `networkInterface`, or a member of a `networkInterfaceSet`.
    ///
    /// - Parameter instance: The instance whose description it is a part of: the attachment does not name it there.
    init(_ element: XMLElement, of instance: String? = nil) throws(XMLElement.Mistake) {
        typealias Mistake = XMLElement.Mistake
        var addresses: [PrivateAddress] = []
        for item in element.items("privateIpAddressesSet") {
            guard let address = try item.address("privateIpAddress") else { continue }
            addresses.append(
                PrivateAddress(
                    address, isPrimary: try item.flag("primary"),
                    publicAddress: try item["association"].flatMap { (association) throws(Mistake) in
                        try association.address("publicIp")
                    }))
        }
        // Some answers have the primary address only by itself.
        if addresses.isEmpty, let address = try element.address("privateIpAddress") {
            addresses = [PrivateAddress(address, isPrimary: true)]
        }
        let isOperated = try element["operator"].flatMap { (element) throws(Mistake) in
            try element.flag("managed")
        }
        let isRequested = try element.flag("requesterManaged")
        self.init(
            id: try element.required("networkInterfaceId"),
            status: Status(rawValue: element.text("status") ?? ""),
            interfaceType: element.text("interfaceType") ?? "interface",
            macAddress: try element.parsed("macAddress", "a MAC address") { MACAddress($0) },
            subnetID: element.text("subnetId") ?? "", vpcID: element.text("vpcId") ?? "",
            availabilityZone: element.text("availabilityZone") ?? "", ownerID: element.text("ownerId") ?? "",
            text: element.text("description") ?? "",
            securityGroupIDs: element.items("groupSet").compactMap { $0.text("groupId") },
            attachment: try element["attachment"].flatMap { (attachment) throws(Mistake) in
                try InterfaceAttachment(attachment, of: instance)
            },
            addresses: addresses,
            ipv6Addresses: try element.values(
                of: "ipv6AddressesSet", { (item) throws(Mistake) in try item.address("ipv6Address") },
                "ipv6Address"),
            ipv4Prefixes: try element.values(
                of: "ipv4PrefixSet", { (item) throws(Mistake) in try item.prefix("ipv4Prefix") }, "ipv4Prefix"
            ),
            ipv6Prefixes: try element.values(
                of: "ipv6PrefixSet", { (item) throws(Mistake) in try item.prefix("ipv6Prefix") }, "ipv6Prefix"
            ),
            checksSourceAndDestination: try element.flag("sourceDestCheck"),
            isManagedByService: isRequested || isOperated ?? false,
            connectionTracking: try element["connectionTrackingConfiguration"].map {
                (element) throws(Mistake) in try ConnectionTracking(element)
            }, tags: try element.tags())
    }
}

extension InterfaceAttachment {
    /// Reads an `attachment`; nil if there is nothing in it.
    init?(_ element: XMLElement, of instance: String?) throws(XMLElement.Mistake) {
        guard !element.children.isEmpty else { return nil }
        self.init(
            id: element.text("attachmentId"), status: Status(rawValue: element.text("status") ?? ""),
            deviceIndex: try element.integer("deviceIndex") ?? 0,
            networkCard: try element.integer("networkCardIndex") ?? 0,
            instanceID: element.text("instanceId") ?? instance,
            deletesOnTermination: try element.flag("deleteOnTermination"),
            time: try element.parsed("attachTime", "a time") { Timestamp($0) })
    }
}

extension ConnectionTracking {
    /// Reads a `connectionTrackingConfiguration`.
    init(_ element: XMLElement) throws(XMLElement.Mistake) {
        self.init(
            tcpEstablishedTimeout: try element.integer("tcpEstablishedTimeout"),
            udpStreamTimeout: try element.integer("udpStreamTimeout"),
            udpTimeout: try element.integer("udpTimeout"))
    }
}
