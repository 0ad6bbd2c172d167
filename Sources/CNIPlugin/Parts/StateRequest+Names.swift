// SPDX-License-Identifier: Apache-2.0

internal import LinuxCore

extension StateRequest {
    /// The name of the link on the host that leads to the container, always the same for an attachment:
    /// see ``CNITypes/Attachment/linkName(_:)``.
    ///
    /// That of an attachment which another implementation has made is in its result. Empty without an attachment.
    public func hostInterface(_ prefix: String = "veth") -> String {
        guard let attachment else { return "" }
        let own = attachment.linkName(prefix)
        guard isAttached, let previousResult else { return own }
        return previousResult.hostEnd(of: interface, unless: own) ?? own
    }

    /// The MAC address for the container's interface: the earlier result's, the first that somebody asks for, that of
    /// CNI_ARGS, or a random one.
    ///
    /// One that is set by us is never changed again by udev's MACAddressPolicy, as a kernel's own would be.
    ///
    /// - Parameters:
    ///   - asked: The addresses that the configuration and the runtime ask for, in their order.
    ///   - usual: What it is if neither they nor CNI_ARGS ask for one; nil for a random one.
    /// - Throws: ``CNIError/Code/invalidEnvironment`` for an ADD whose CNI_ARGS has a MAC that is none.
    public func mac(
        asked: [MACAddress] = [], otherwise usual: MACAddress? = nil
    ) throws(CNIError) -> MACAddress? {
        if isAttached { return previousMAC }
        try arguments.requireSound()
        if let mac = asked.first { return mac }
        guard let text = arguments["MAC"], !text.isEmpty else { return usual ?? randomMAC }
        guard let mac = MACAddress(text), !mac.isMulticast else {
            throw CNIError(
                .invalidEnvironment, "CNI_ARGS: MAC: \"\(text)\" is not the MAC address of an interface")
        }
        return mac
    }

    /// A random MAC address for the container's interface, the same in each description of one ADD.
    public var randomMAC: MACAddress? { randomMACs.first }

    /// A random MAC address for the attachment's link on the host: udev would change a kernel's own one when the result
    /// has told it already.
    public var randomHostMAC: MACAddress? { randomMACs.dropFirst().first }

    /// The MAC address of the attachment's link of that name on the host: the earlier result's, or for ADD a random one.
    public func hostMAC(of name: String) -> MACAddress? {
        if !isAttached { return randomHostMAC }
        let link = previousResult?.interfaces.first { $0.name == name && ($0.sandbox ?? "").isEmpty }
        return link?.mac.flatMap { MACAddress($0) }
    }

    /// A random MAC address for a link that attachments share, if it is to be made.
    public var randomSharedMAC: MACAddress? { randomMACs.dropFirst(2).first }

    /// The gateways' addresses, each once, with the length of the networks they are in.
    ///
    /// One that IPAM does not name is the network's first address.
    public var gateways: [IPPrefix] {
        var gateways: [IPPrefix] = []
        for ip in addresses.ips {
            let gateway = ip.gateway ?? ip.address.first.advanced(by: 1)
            if let prefix = gateway.flatMap({ IPPrefix($0, length: ip.address.length) }),
                !gateways.contains(prefix)
            {
                gateways.append(prefix)
            }
        }
        return gateways
    }
}

extension Attachment {
    /// A name for a link on the host, always the same for an attachment and other than those of all others: a prefix of
    /// up to 4 letters, 3 of the network and 8 of the whole key.
    public func linkName(_ prefix: String) -> String {
        let network = StableHash.text(network.rawValue, length: 3)
        return "\(prefix)\(network)\(StableHash.text(key, length: 8))"
    }
}

extension CNIResult {
    /// The link on the host that the result lists right before the container's interface, as plugins of pairs do.
    ///
    /// - Parameter own: The name that it has if it was made here; nil if the result lists that.
    fileprivate func hostEnd(of interface: String, unless own: String) -> String? {
        if interfaces.contains(where: { $0.name == own && ($0.sandbox ?? "").isEmpty }) { return nil }
        guard
            let end = interfaces.firstIndex(where: { $0.name == interface && !($0.sandbox ?? "").isEmpty }),
            end > 0, (interfaces[end - 1].sandbox ?? "").isEmpty
        else { return nil }
        return interfaces[end - 1].name
    }
}
