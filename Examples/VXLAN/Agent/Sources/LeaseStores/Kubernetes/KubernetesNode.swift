// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import NodeAgentCore
internal import VXLANOverlay

/// What the overlay needs of a Node object, and no more: there may be thousands, of several kilobytes each.
struct KubernetesNode: Hashable, Sendable {
    let name: String
    let version: String
    /// Those of the overlay.
    let annotations: [NodeAnnotation: String]
    let podCIDRs: [IPPrefix]
    /// Why `spec.podCIDRs` cannot be read.
    private let mistake: String?

    /// Reads an object; nil for one without a name.
    init?(_ json: JSON, _ prefix: String) {
        guard let metadata = json["metadata"], let name = metadata["name"]?.string else { return nil }
        self.name = name
        version = metadata["resourceVersion"]?.string ?? ""
        let texts = metadata["annotations"]?.object
        var annotations: [NodeAnnotation: String] = [:]
        for annotation in NodeAnnotation.allCases {
            annotations[annotation] = texts?[annotation.key(prefix)]?.string
        }
        self.annotations = annotations
        let spec = json["spec"]
        let list = spec?["podCIDRs"]?.array ?? []
        // Kubernetes before 1.16 has but one.
        let all = list.isEmpty ? [spec?["podCIDR"] ?? .null].filter { !$0.isNull && $0 != "" } : list
        podCIDRs = all.compactMap { $0.string.flatMap { IPPrefix($0) }?.network }
        let wrong = all.first { $0.string.flatMap { IPPrefix($0) } == nil }
        mistake = wrong.map {
            "spec.podCIDRs: \($0.serialized().prefix(80)) is not a network"
        }
    }

    /// What could be read of the node's lease, if the overlay is on it.
    func lease(_ prefix: String) -> LeaseReading {
        let texts = annotations.map { ($0.key.key(prefix), $0.value) }
        var reading = LeaseReading(
            annotations: [String: String](uniqueKeysWithValues: texts), podCIDRs: podCIDRs, prefix: prefix)
        if let mistake, annotations[.managed] == "true" { reading.mistakes.append(mistake) }
        return reading
    }

    /// The node's subnets of the families that a network has.
    ///
    /// - Throws: ``AgentError/Code/noSubnet`` if one is not there (yet), with what to do.
    func subnets(for configuration: OverlayConfiguration) throws(AgentError) -> SubnetKey {
        if let mistake { throw AgentError(.malformed, "node \(name): \(mistake)") }
        func subnet(_ pool: AddressPool?) throws(AgentError) -> IPPrefix? {
            guard let network = pool?.network else { return nil }
            guard let subnet = podCIDRs.first(where: { $0.family == network.family }) else {
                let networks = configuration.families.compactMap { configuration[$0]?.network.description }
                throw AgentError(
                    .noSubnet,
                    """
                    node \(name): no subnet of \(network) in spec.podCIDRs (yet): kube-controller-manager gives \
                    them out with --allocate-node-cidrs=true --cluster-cidr=\(networks.joined(separator: ",")) \
                    (kubeadm: networking.podSubnet)
                    """)
            }
            guard network.contains(subnet) else {
                throw AgentError(
                    .notConfigured,
                    """
                    node \(name): spec.podCIDRs: \(subnet) is not in the network \(network): net-conf.json and \
                    kube-controller-manager's --cluster-cidr have to agree
                    """)
            }
            return subnet
        }
        return SubnetKey(v4: try subnet(configuration.v4), v6: try subnet(configuration.v6))
    }

    /// The address that an operator wants the node to publish in place of its own.
    ///
    /// - Throws: ``AgentError/Code/notConfigured`` for what is no address of the family.
    func overwrite(_ family: IPAddress.Family, _ prefix: String) throws(AgentError) -> IPAddress? {
        if let address = try address(
            family == .v4 ? .publicIPOverwrite : .publicIPv6Overwrite, family, prefix)
        {
            return address
        }
        return try publicAddress(family, prefix)
    }

    /// The address to publish whose interface an operator wants the node to use.
    ///
    /// - Throws: ``AgentError/Code/notConfigured`` for what is no address of the family.
    func publicAddress(_ family: IPAddress.Family, _ prefix: String) throws(AgentError) -> IPAddress? {
        try address(family == .v4 ? .nodePublicIP : .nodePublicIPv6, family, prefix)
    }

    private func address(
        _ annotation: NodeAnnotation, _ family: IPAddress.Family, _ prefix: String
    ) throws(AgentError) -> IPAddress? {
        guard let text = annotations[annotation], !text.isEmpty else { return nil }
        guard let address = IPAddress(text), address.family == family else {
            throw AgentError(
                .notConfigured,
                "node \(name): \(annotation.key(prefix)): \"\(text.prefix(80))\" is not an address of the family"
            )
        }
        return address
    }
}

extension NodeAnnotation {
    /// Whether nodes write it themselves.
    var isPublished: Bool {
        switch self {
        case .publicIPOverwrite, .publicIPv6Overwrite, .nodePublicIP, .nodePublicIPv6: false
        case .managed, .backendType, .backendData, .backendV6Data, .publicIP, .publicIPv6: true
        }
    }
}
