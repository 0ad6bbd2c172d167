// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import VXLANOverlay

/// What the overlay needs of a Node object.
struct KubernetesNode: Hashable, Sendable {
    let name: String
    let version: String
    let annotations: [String: String]
    let podCIDRs: [IPPrefix]

    /// Reads an object; nil for one without a name.
    init?(_ json: JSON) {
        guard let metadata = json["metadata"], let name = metadata["name"]?.string else { return nil }
        self.name = name
        version = metadata["resourceVersion"]?.string ?? ""
        var annotations: [String: String] = [:]
        for (key, value) in metadata["annotations"]?.object ?? [:] {
            if let text = value.string { annotations[key] = text }
        }
        self.annotations = annotations
        let spec = json["spec"]
        let all = spec?["podCIDRs"]?.array ?? [spec?["podCIDR"]].compactMap { $0 }
        podCIDRs = all.compactMap { $0.string.flatMap { IPPrefix($0) } }
    }

    /// The node's lease, if the overlay is on it.
    ///
    /// - Throws: `CNIError` with the annotation.
    func lease(_ prefix: String) throws(CNIError) -> Lease? {
        try Lease.ofNode(annotations: annotations, podCIDRs: podCIDRs, prefix: prefix)
    }

    /// The node's subnets of the families that a network has; nil if one is not there (yet).
    func subnets(for configuration: OverlayConfiguration) -> SubnetKey? {
        func subnet(_ family: IPAddress.Family) -> IPPrefix? {
            configuration[family] == nil ? nil : podCIDRs.first { $0.family == family }?.network
        }
        let key = SubnetKey(v4: subnet(.v4), v6: subnet(.v6))
        for family in configuration.families where (family == .v4 ? key.v4 : key.v6) == nil { return nil }
        return key
    }
}
