// SPDX-License-Identifier: Apache-2.0

internal import CNIPlugin
internal import VXLANOverlay

extension FlannelConfiguration {
    /// What an agent has written of the node; nil if there is no file.
    func readSubnetFile() throws(CNIError) -> SubnetFile? { try NodeFile(reading: subnetFile)?.subnetFile }

    /// The file, without which nothing can be attached.
    ///
    /// - Parameter code: What its absence means for the verb.
    func requireSubnetFile(_ code: CNIError.Code) throws(CNIError) -> SubnetFile {
        guard let file = try readSubnetFile() else {
            throw CNIError(
                code, "\(subnetFile) is not there: flannel has not said yet what this node's subnet is",
                details: "flanneld writes it once it has a lease; subnetFile names another file")
        }
        return file
    }

    /// The delegate's configuration: the user's keys, and from the file what the user has left open.
    ///
    /// - Parameters:
    ///   - file: nil for a deletion without it, which the delegate's marks and leases have to be enough for.
    ///   - network: The configuration that this plugin was called with.
    func delegateConfiguration(
        _ file: SubnetFile?, of network: NetworkConfiguration
    ) throws(CNIError) -> NetworkConfiguration {
        var document = JSON.object(delegate)
        func complete(_ key: String, _ value: JSON) {
            if document[key]?.isNull ?? true { document[key] = value }
        }
        if let file {
            complete("ipMasq", .bool(!file.masquerades))
            complete("mtu", JSON(file.mtu))
        }
        if document["type"]?.string == "bridge" { complete("isGateway", true) }
        if let dns = network.raw["dns"] { complete("dns", dns) }
        document["ipam"] = ipamConfiguration(file)
        document["name"] = .string(network.name.rawValue)
        do throws(CNIError) {
            return try NetworkConfiguration(json: document.called(as: network))
        } catch {
            throw error.within("delegate")
        }
    }

    private func ipamConfiguration(_ file: SubnetFile?) -> JSON {
        var ipam = JSON.object(self.ipam)
        guard let file else { return ipam }
        ipam["ranges"] = .array(file.parts.map { [["subnet": JSON($0.subnet)]] })
        let routes = file.parts.flatMap(\.networks).map { JSON.object(["dst": JSON($0)]) }
        ipam["routes"] = .array((ipam["routes"]?.array ?? []) + routes)
        return ipam
    }
}

extension JSON {
    /// A delegate's configuration with what a runtime gives with each call.
    func called(as network: NetworkConfiguration) -> JSON {
        var document = self
        document["cniVersion"] = network.raw["cniVersion"]
        let keys = [
            "prevResult", "runtimeConfig", "args", "cni.dev/valid-attachments", "cni.dev/attachments",
        ]
        for key in keys { if let value = network.raw[key] { document[key] = value } }
        return document
    }
}
