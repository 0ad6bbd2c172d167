// SPDX-License-Identifier: Apache-2.0

public import CNITypes

/// A branch ENI, as the VPC resource controller writes it into the annotation `vpc.amazonaws.com/pod-eni` of a pod.
public struct BranchENI: Hashable, Sendable {
    /// The annotation.
    public static let annotation = "vpc.amazonaws.com/pod-eni"

    /// Its identifier: `eni-…`.
    public var id: String
    /// Its MAC address, which its frames have.
    public var mac: MACAddress
    /// The VLAN of the trunk, 1 to 4094.
    public var vlan: UInt16
    /// Its addresses, each with its subnet's prefix length; one of each family at most.
    public var addresses: [IPPrefix]

    /// Creates a branch ENI.
    public init(id: String, mac: MACAddress, vlan: UInt16, addresses: [IPPrefix]) {
        self.id = id
        self.mac = mac
        self.vlan = vlan
        self.addresses = addresses
    }

    /// Reads the annotation, a list of branch ENIs as JSON.
    ///
    /// - Throws: ``CNIError/Code/decodingFailure`` with the annotation's name and the place in it.
    public static func list(annotation text: String) throws(CNIError) -> [BranchENI] {
        do throws(CNIError) {
            let list = JSONCursor(try JSON(parsing: text), failingWith: .decodingFailure)
            var branches: [BranchENI] = []
            for element in try list.elements() {
                try element.requireObject()
                branches.append(try BranchENI(annotation: element))
            }
            return branches
        } catch {
            throw error.during("annotation \(annotation)")
        }
    }

    private init(annotation branch: JSONCursor) throws(CNIError) {
        id = try branch["eniId"].required(try branch["eniId"].nonEmptyText())
        mac = try branch["ifAddress"].required(try branch["ifAddress"].mac())
        vlan = try branch["vlanID"].vlan()
        addresses = []
        for (address, subnet) in [("privateIp", "subnetCidr"), ("ipv6Addr", "subnetV6Cidr")] {
            guard let host = try branch[address].address() else { continue }
            let network: IPPrefix = try branch[subnet].required(try branch[subnet].prefix())
            guard network.contains(host), let prefix = IPPrefix(host, length: network.length) else {
                throw branch[address].failure("\(host) is not in the subnet \(network)")
            }
            addresses.append(prefix)
        }
        if addresses.isEmpty { throw branch["privateIp"].failure("missing") }
    }

    init?(_ branch: JSONCursor) throws(CNIError) {
        if branch.isAbsent { return nil }
        id = try branch["id"].required(try branch["id"].nonEmptyText())
        mac = try branch["mac"].required(try branch["mac"].mac())
        vlan = try branch["vlan"].vlan()
        addresses = []
        for element in try branch["addresses"].elements() {
            addresses.append(try element.required(try element.prefix()))
        }
    }

    var json: JSON {
        [
            "id": .string(id), "mac": JSON(mac), "vlan": JSON(vlan),
            "addresses": .array(addresses.map { JSON($0) }),
        ]
    }
}

extension JSONCursor {
    /// The number of a VLAN, 1 to 4094.
    func vlan() throws(CNIError) -> UInt16 {
        let vlan: UInt16 = try required(try integer())
        guard 1...4094 ~= vlan else { throw failure("\(vlan) is not 1 to 4094") }
        return vlan
    }
}
