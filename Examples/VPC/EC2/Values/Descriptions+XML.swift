// SPDX-License-Identifier: Apache-2.0

internal import CNITypes

extension Subnet {
    /// Reads a member of a `subnetSet`.
    init(_ element: XMLElement) throws(XMLElement.Mistake) {
        var networks: [IPPrefix] = []
        for item in element.items("ipv6CidrBlockAssociationSet") {
            // Others are on their way, or on their way off.
            let state = item["ipv6CidrBlockState"]?.text("state")
            if let network = try item.prefix("ipv6CidrBlock"), state ?? "associated" == "associated" {
                networks.append(network)
            }
        }
        self.init(
            id: try element.required("subnetId"), state: element.text("state") ?? "",
            vpcID: element.text("vpcId") ?? "", availabilityZone: element.text("availabilityZone") ?? "",
            ipv4Network: try element.prefix("cidrBlock"), ipv6Networks: networks,
            availableAddresses: try element.integer("availableIpAddressCount") ?? 0, tags: try element.tags())
    }
}

extension SecurityGroup {
    /// Reads a member of a `securityGroupInfo`.
    init(_ element: XMLElement) throws(XMLElement.Mistake) {
        self.init(
            id: try element.required("groupId"), name: element.text("groupName") ?? "",
            text: element.text("groupDescription") ?? "", vpcID: element.text("vpcId") ?? "",
            ingress: try Permission.all(element, "ipPermissions"),
            egress: try Permission.all(element, "ipPermissionsEgress"), tags: try element.tags())
    }
}

extension SecurityGroup.Permission {
    fileprivate static func all(_ element: XMLElement, _ list: String) throws(XMLElement.Mistake) -> [Self] {
        var permissions: [Self] = []
        for item in element.items(list) { permissions.append(try Self(item)) }
        return permissions
    }

    private init(_ element: XMLElement) throws(XMLElement.Mistake) {
        var networks: [IPPrefix] = []
        for item in element.items("ipRanges") {
            if let network = try item.prefix("cidrIp") { networks.append(network) }
        }
        for item in element.items("ipv6Ranges") {
            if let network = try item.prefix("cidrIpv6") { networks.append(network) }
        }
        self.init(
            ipProtocol: try element.required("ipProtocol"), fromPort: try element.integer("fromPort"),
            toPort: try element.integer("toPort"), networks: networks,
            groupIDs: element.items("groups").compactMap { $0.text("groupId") },
            prefixListIDs: element.items("prefixListIds").compactMap { $0.text("prefixListId") })
    }
}

extension InstanceType {
    /// Reads a member of an `instanceTypeSet`.
    init(_ element: XMLElement) throws(XMLElement.Mistake) {
        let network = try element.element("networkInfo")
        var cards: [NetworkCard] = []
        for item in network.items("networkCards") {
            guard let maximum = try item.integer("maximumNetworkInterfaces") else { continue }
            cards.append(
                NetworkCard(index: try item.integer("networkCardIndex") ?? 0, maximumInterfaces: maximum))
        }
        self.init(
            name: try element.required("instanceType"), hypervisor: element.text("hypervisor"),
            isBareMetal: try element.flag("bareMetal"),
            virtualCPUs: try element["vCpuInfo"].flatMap { (info) throws(XMLElement.Mistake) in
                try info.integer("defaultVCpus")
            },
            networkCards: cards, defaultNetworkCard: try network.integer("defaultNetworkCardIndex") ?? 0,
            maximumInterfacesOfAllCards: try network.integer("maximumNetworkInterfaces") ?? 0,
            ipv4AddressesPerInterface: try network.integer("ipv4AddressesPerInterface") ?? 0,
            ipv6AddressesPerInterface: try network.integer("ipv6AddressesPerInterface") ?? 0,
            supportsIPv6: try network.flag("ipv6Supported"))
    }
}

extension Instance {
    /// Reads a member of an `instancesSet`.
    init(_ element: XMLElement) throws(XMLElement.Mistake) {
        let id = try element.required("instanceId")
        var interfaces: [NetworkInterface] = []
        for item in element.items("networkInterfaceSet") {
            interfaces.append(try NetworkInterface(item, of: id))
        }
        self.init(
            id: id, type: element.text("instanceType") ?? "",
            state: element["instanceState"]?.text("name") ?? "", vpcID: element.text("vpcId") ?? "",
            subnetID: element.text("subnetId") ?? "",
            availabilityZone: element["placement"]?.text("availabilityZone") ?? "",
            networkInterfaces: interfaces,
            metadataOptions: try element["metadataOptions"].map { (options) throws(XMLElement.Mistake) in
                MetadataOptions(
                    tokens: options.text("httpTokens") ?? "",
                    hopLimit: try options.integer("httpPutResponseHopLimit"),
                    isEnabled: options.text("httpEndpoint") != "disabled")
            }, tags: try element.tags())
    }
}
