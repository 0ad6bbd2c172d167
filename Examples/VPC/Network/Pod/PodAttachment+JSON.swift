// SPDX-License-Identifier: Apache-2.0

internal import CNITypes

extension PodAttachment {
    init(_ attachment: JSONCursor) throws(CNIError) {
        try attachment.requireObject()
        let mode = attachment["mode"]
        self.mode = try mode.required(try mode.parsed("a mode") { AttachmentMode(rawValue: $0) })
        mtu = try attachment["mtu"].required(try attachment["mtu"].integer())
        addresses = []
        for element in try attachment["addresses"].elements() {
            try element.requireObject()
            let address = try PodAddress(element)
            if addresses.contains(where: { $0.address.family == address.address.family }) {
                throw element["address"].failure("\(address.address) is the second one of its family")
            }
            addresses.append(address)
        }
        if addresses.isEmpty { throw attachment["addresses"].failure("missing") }
        let least: UInt32 = addresses.contains { $0.address.family == .v6 } ? 1280 : 576
        guard least...65535 ~= mtu else { throw attachment["mtu"].failure("\(mtu) is not \(least) to 65535") }
        branch = self.mode == .branch ? try BranchLink(attachment["branch"]) : nil
        if self.mode == .branch, branch == nil { throw attachment["branch"].failure("missing") }
        try requireENIs(of: attachment["addresses"])
    }

    /// Refuses what would lead a pod's packets, or the node's own, by the wrong ENI.
    private func requireENIs(of list: JSONCursor) throws(CNIError) {
        for (element, pod) in zip(try list.elements(), addresses) {
            let eni = element["eni"]
            if mode == .shared, pod.address == pod.eni.primaryAddress {
                throw element["address"].failure("\(pod.address) is the node's own")
            }
            if mode != .shared, pod.eni.isPrimary {
                throw eni["isPrimary"].failure("the node's primary ENI is no pod's own, and no trunk")
            }
            if !pod.eni.isPrimary, pod.eni.table == RouteTable.main {
                throw eni["table"].failure("\(pod.eni.table) is the primary ENI's")
            }
            guard let first = addresses.first?.eni, mode != .shared else { continue }
            if pod.eni.link != first.link || pod.eni.mac != first.mac {
                throw eni["link"].failure("\(pod.eni.link) is not the ENI of the pod's other address")
            }
        }
    }

    var json: JSON {
        var json: JSON = [
            "mode": .string(mode.rawValue), "mtu": JSON(mtu), "addresses": .array(addresses.map(\.json)),
        ]
        if let branch { json["branch"] = branch.json }
        return json
    }
}

extension PodAddress {
    fileprivate init(_ element: JSONCursor) throws(CNIError) {
        address = try element["address"].required(try element["address"].address())
        try element["eni"].requireObject()
        eni = try ENI(element["eni"], address.family)
        guard eni.subnet.contains(address) else {
            throw element["address"].failure("\(address) is not in the subnet \(eni.subnet)")
        }
        if address.isMulticast || address.isLoopback || address.isLinkLocal || address == eni.gateway
            || address == eni.subnet.first
        {
            throw element["address"].failure("\(address) is no host's of the subnet \(eni.subnet)")
        }
    }

    fileprivate var json: JSON { ["address": JSON(address), "eni": eni.json] }
}

extension PodAddress.ENI {
    fileprivate init(_ eni: JSONCursor, _ family: IPAddress.Family) throws(CNIError) {
        func address(_ key: String) throws(CNIError) -> IPAddress {
            let address: IPAddress = try eni[key].required(try eni[key].address())
            guard address.family == family else {
                throw eni[key].failure("\(address) is not of \(family.text)")
            }
            return address
        }
        mac = try eni["mac"].required(try eni["mac"].mac())
        if mac.isMulticast { throw eni["mac"].failure("\(mac) is not a link's own") }
        link = try eni["link"].link()
        deviceIndex = try eni["deviceIndex"].required(try eni["deviceIndex"].integer())
        networkCard = try eni["networkCard"].integer() ?? 0
        table = try eni["table"].required(try eni["table"].integer())
        // RT_TABLE_UNSPEC, RT_TABLE_DEFAULT and RT_TABLE_LOCAL are the kernel's.
        if [0, 253, 255].contains(table) { throw eni["table"].failure("\(table) is not a table for an ENI") }
        subnet = try eni["subnet"].required(try eni["subnet"].prefix()).network
        guard subnet.family == family else {
            throw eni["subnet"].failure("\(subnet) is not of \(family.text)")
        }
        gateway = try address("gateway")
        primaryAddress = try address("primaryAddress")
        isPrimary = try eni["isPrimary"].bool() ?? false
    }

    fileprivate var json: JSON {
        [
            "mac": JSON(mac), "link": .string(link), "deviceIndex": JSON(deviceIndex),
            "networkCard": JSON(networkCard), "table": JSON(table), "subnet": JSON(subnet),
            "gateway": JSON(gateway), "primaryAddress": JSON(primaryAddress), "isPrimary": .bool(isPrimary),
        ]
    }
}

extension BranchLink {
    fileprivate init?(_ branch: JSONCursor) throws(CNIError) {
        if branch.isAbsent { return nil }
        vlan = try branch["vlan"].vlan()
        mac = try branch["mac"].required(try branch["mac"].mac())
        isStrict = try branch["strict"].bool() ?? true
    }

    fileprivate var json: JSON { ["vlan": JSON(vlan), "mac": JSON(mac), "strict": .bool(isStrict)] }
}

extension JSONCursor {
    /// The name of a link.
    func link() throws(CNIError) -> String {
        let text = try required(try text())
        do throws(CNIError) {
            let name = try InterfaceName(text)
            if !name.isPattern { return text }
        } catch {
            throw failure(error.message)
        }
        throw failure("\"\(text)\" is not a link's name")
    }
}

extension IPAddress.Family {
    var text: String { self == .v4 ? "IPv4" : "IPv6" }
}
