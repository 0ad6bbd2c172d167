// SPDX-License-Identifier: Apache-2.0

package import AddressPool
package import Addressing
package import CNITypes

/// What the reference's agent has given out, as its file says: `/var/run/aws-node/ipam.json`, "vpc-cni-ipam/1".
package struct Checkpoint: Hashable, Sendable {
    /// An address that a pod has.
    package struct Allocation: Hashable, Sendable {
        package var network: String
        package var key: AttachmentKey
        package var addresses: [IPAddress]
        package var pod: String
    }

    package var allocations: [Allocation] = []
    /// Entries that cannot be used, each with the reason.
    package var left: [String] = []

    /// The only version that there is.
    static let version = "vpc-cni-ipam/1"

    /// Reads the file.
    ///
    /// What is wrong in one entry costs only that one; whether its address is held shows the look at the namespaces.
    ///
    /// - Throws: ``CNIError/Code/decodingFailure`` for a file that is not one, or of another version.
    package init(parsing text: [UInt8]) throws(CNIError) {
        let document = try JSON(parsing: text)
        guard let version = document["version"]?.string else {
            throw CNIError(.decodingFailure, "checkpoint: no version")
        }
        guard version == Self.version else {
            throw CNIError(.decodingFailure, "checkpoint: version \"\(version)\" is not \(Self.version)")
        }
        guard
            let entries = document["allocations"]?.array
                ?? (document["allocations"]?.isNull != false ? [] : nil)
        else { throw CNIError(.decodingFailure, "checkpoint: allocations: not a list") }
        for (index, entry) in entries.enumerated() { read(entry, index) }
    }

    private mutating func read(_ entry: JSON, _ index: Int) {
        func leave(_ reason: String) { left.append("allocations[\(index)]: \(reason)") }
        guard let container = entry["containerID"]?.string, !container.isEmpty else {
            return leave("no containerID")
        }
        guard let interface = entry["ifName"]?.string, !interface.isEmpty else { return leave("no ifName") }
        let key = AttachmentKey(container: container, interface: interface)
        let texts = [entry["ipv4"]?.string, entry["ipv6"]?.string].compactMap { $0 }.filter { !$0.isEmpty }
        let addresses = texts.compactMap { IPAddress($0) }
        guard !addresses.isEmpty, addresses.count == texts.count else { return leave("no address") }
        // Of before container runtimes told ids: whose it is shows only the namespace that holds it.
        if container.hasPrefix("_migrated-from-cri") {
            return leave("\(addresses[0]) was migrated without a container id")
        }
        if allocations.contains(where: { $0.key == key || !Set($0.addresses).isDisjoint(with: addresses) }) {
            return leave("\(key) or its address is there twice")
        }
        let metadata = entry["metadata"]
        let pod = [metadata?["k8sPodNamespace"]?.string, metadata?["k8sPodName"]?.string].compactMap { $0 }
        allocations.append(
            Allocation(
                network: entry["networkName"]?.string ?? "", key: key, addresses: addresses,
                pod: pod.joined(separator: "/")))
    }
}

extension Checkpoint {
    /// The allocations as assignments, as far as an ENI of this node has their addresses.
    ///
    /// Those that none has are the reference's stale entries: their pods, if there are any, show at the look at the
    /// namespaces.
    ///
    /// - Returns: The assignments, and the entries that have no ENI.
    package func assignments(
        on enis: [SeenENI], now: Moment
    ) -> (assignments: [AttachmentKey: Assignment], stale: [Allocation]) {
        var assignments: [AttachmentKey: Assignment] = [:]
        var stale: [Allocation] = []
        for allocation in allocations {
            let home = enis.first { eni in
                allocation.addresses.contains { address in eni.blocks.contains { $0.contains(address) } }
            }
            guard let home else {
                stale.append(allocation)
                continue
            }
            assignments[allocation.key] = Assignment(
                key: allocation.key, eni: home.eni.id, v4: allocation.addresses.first { $0.family == .v4 },
                v6: allocation.addresses.first { $0.family == .v6 }, pod: allocation.pod,
                network: allocation.network, since: now)
        }
        return (assignments, stale)
    }
}
