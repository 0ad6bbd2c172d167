// SPDX-License-Identifier: Apache-2.0

extension CNIResult {
    /// The result in the format of a version, with nothing in it that came with a later one.
    ///
    /// Versions before 0.3.0 have room for the first address of each family, its routes and DNS: everything
    /// else is left out. A result without any address can be written in them too. (The reference
    /// implementation refuses to, which fails an ADD on a layer-2 network after it is done.)
    ///
    /// - Throws: ``CNIError/Code/incompatibleVersion`` for a version that is none of ``SpecVersion/all``.
    public func json(version: SpecVersion) throws(CNIError) -> JSON {
        guard let format = version.resultFormat else {
            throw CNIError(
                .incompatibleVersion, "cannot write a result of CNI version \(version)",
                details: "known versions are \(SpecVersion.all.map(\.description).joined(separator: ", "))")
        }
        var members: JSONObject = ["cniVersion": JSON(version)]
        // The old formats do not say that `dns` is optional.
        if format != .listsWithoutFamily || !dns.isEmpty { members["dns"] = dns.json }
        if format == .byFamily {
            members["ip4"] = family(.v4)
            members["ip6"] = family(.v6)
            return .object(members)
        }
        if !interfaces.isEmpty { members["interfaces"] = .array(interfaces.map { $0.json(version) }) }
        if !ips.isEmpty { members["ips"] = .array(ips.map { $0.json(format) }) }
        if !routes.isEmpty { members["routes"] = .array(routes.map { $0.json(version) }) }
        return .object(members)
    }

    /// The first address of a family and the routes of the family, as before 0.3.0.
    private func family(_ family: IPAddress.Family) -> JSON? {
        guard let ip = ips.first(where: { $0.address.family == family }) else { return nil }
        var members: JSONObject = ["ip": JSON(ip.address)]
        if let gateway = ip.gateway { members["gateway"] = JSON(gateway) }
        let routes = routes.filter { $0.destination.family == family }
        if !routes.isEmpty { members["routes"] = .array(routes.map { $0.json(.v0_2_0) }) }
        return .object(members)
    }
}

extension CNIResult.Interface {
    fileprivate func json(_ version: SpecVersion) -> JSON {
        var members: JSONObject = ["name": .string(name)]
        members.set("mac", mac)
        members.set("sandbox", sandbox)
        if version >= .v1_1_0 {
            members.set("mtu", mtu)
            members.set("socketPath", socketPath)
            members.set("pciID", pciID)
        }
        return .object(members)
    }
}

extension CNIResult.IPConfiguration {
    fileprivate func json(_ format: CNIResult.Format) -> JSON {
        var members: JSONObject = ["address": JSON(address)]
        if format == .lists { members["version"] = address.family == .v4 ? "4" : "6" }
        if let gateway { members["gateway"] = JSON(gateway) }
        if let interface { members["interface"] = JSON(interface) }
        return .object(members)
    }
}

extension CNIResult.Route {
    fileprivate func json(_ version: SpecVersion) -> JSON {
        var members: JSONObject = ["dst": JSON(destination)]
        if let gateway { members["gw"] = JSON(gateway) }
        if version >= .v1_1_0 {
            members.set("mtu", mtu)
            members.set("advmss", advmss)
            members.set("priority", priority)
            members.set("table", table)
            members.set("scope", scope)
        }
        return .object(members)
    }
}

extension JSONObject {
    /// Adds a string unless it is nil or empty, which are the same to every version.
    fileprivate mutating func set(_ key: String, _ text: String?) {
        if let text, !text.isEmpty { self[key] = .string(text) }
    }

    fileprivate mutating func set(_ key: String, _ number: (some FixedWidthInteger)?) {
        if let number { self[key] = JSON(number) }
    }
}
