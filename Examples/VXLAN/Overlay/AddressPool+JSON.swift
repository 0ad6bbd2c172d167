// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import CNITypes

extension AddressPool {
    /// The numbers of a family that the rules speak of.
    private struct Limits {
        /// What the keys' names begin with.
        let prefix: String
        /// The longest network: four subnets of four addresses have to fit.
        let longestNetwork: Int
        /// The usual length of a subnet.
        let usualSubnet: Int
        /// The longest subnet: a network's address, the bridge and a container have to fit.
        let longestSubnet: Int

        init(_ family: IPAddress.Family) {
            prefix = family == .v4 ? "" : "IPv6"
            longestNetwork = family.bitWidth - 4
            usualSubnet = family == .v4 ? 24 : 64
            longestSubnet = family.bitWidth - 2
        }
    }

    /// Reads a family's keys: `Network`, `SubnetLen`, `SubnetMin` and `SubnetMax`, for IPv6 with `IPv6` before them.
    init(_ family: IPAddress.Family, _ keys: JSONCursor) throws(CNIError) {
        let limits = Limits(family)
        let place = keys["\(limits.prefix)Network"]
        let network = try place.required(try place.prefix()).network
        guard network.family == family else { throw place.failure("\(network) is not of \(family.name)") }
        guard network.length <= limits.longestNetwork else {
            throw place.failure(
                "\(network) is too small: at most /\(limits.longestNetwork) holds four subnets of four addresses"
            )
        }
        let length = try Self.subnetLength(network, limits, keys["\(limits.prefix)SubnetLen"])
        let size = UInt128(1) << UInt128(family.bitWidth - length)
        func bound(_ name: String, _ usual: UInt128) throws(CNIError) -> IPAddress {
            let key = keys["\(limits.prefix)\(name)"]
            guard let address = try key.address(), !address.isUnspecified else {
                return IPAddress(family, bits: usual)
            }
            guard network.contains(address) else { throw key.failure("\(address) is not in \(network)") }
            guard IPPrefix(address, length: length)?.isNetwork == true else {
                throw key.failure("\(address) does not begin a subnet of /\(length)")
            }
            return address
        }
        // The first subnet would have the network's own address for a device.
        let first = try bound("SubnetMin", network.first.bits + size)
        let last = try bound("SubnetMax", network.last.bits - (size - 1))
        guard first <= last else {
            throw keys["\(limits.prefix)SubnetMax"].failure(
                "\(last) is below \(limits.prefix)SubnetMin, \(first)")
        }
        self.init(network: network, subnetLength: length, subnetMin: first, subnetMax: last)
    }

    private static func subnetLength(
        _ network: IPPrefix, _ limits: Limits, _ key: JSONCursor
    ) throws(CNIError) -> Int {
        let length = try key.integer(Int.self) ?? 0
        if length == 0 {
            return network.length <= limits.usualSubnet - 2 ? limits.usualSubnet : network.length + 2
        }
        guard length <= limits.longestSubnet else {
            throw key.failure("\(length) is more than \(limits.longestSubnet)")
        }
        guard length >= network.length + 2 else {
            throw key.failure("\(length) leaves no room for four subnets in \(network)")
        }
        return length
    }

    /// Writes what ``init(_:_:)`` reads.
    func write(to object: inout JSONObject) {
        let prefix = Limits(network.family).prefix
        object["\(prefix)Network"] = JSON(network)
        object["\(prefix)SubnetLen"] = JSON(subnetLength)
        object["\(prefix)SubnetMin"] = JSON(subnetMin)
        object["\(prefix)SubnetMax"] = JSON(subnetMax)
    }
}

extension IPAddress.Family {
    /// For people.
    var name: String { self == .v4 ? "IPv4" : "IPv6" }
}
