// SPDX-License-Identifier: Apache-2.0

public import Addressing
public import CNITypes

/// The annotations of Kubernetes nodes that leases are in.
public enum NodeAnnotation: String, CaseIterable, Sendable {
    /// `true` on nodes whose lease is here.
    case managed = "kube-subnet-manager"
    /// The backend's type.
    case backendType = "backend-type"
    /// The end of the IPv4 tunnel, or `null`.
    case backendData = "backend-data"
    /// The end of the IPv6 tunnel.
    case backendV6Data = "backend-v6-data"
    /// Where the others reach the node by IPv4.
    case publicIP = "public-ip"
    /// Where the others reach the node by IPv6.
    case publicIPv6 = "public-ipv6"
    /// What an operator wants the node to publish in place of its own IPv4 address.
    case publicIPOverwrite = "public-ip-overwrite"
    /// What an operator wants the node to publish in place of its own IPv6 address.
    case publicIPv6Overwrite = "public-ipv6-overwrite"

    /// What the keys begin with unless told otherwise.
    public static let usualPrefix = "flannel.alpha.coreos.com"

    /// The whole key.
    public func key(_ prefix: String = Self.usualPrefix) -> String { "\(prefix)/\(rawValue)" }
}

extension Lease {
    /// Reads a lease from a node's annotations and its `spec.podCIDRs`; nil for a node that has none.
    ///
    /// - Throws: ``CNIError/Code/decodingFailure`` with the annotation and the path in it.
    public static func ofNode(
        annotations: [String: String], podCIDRs: [IPPrefix], prefix: String = NodeAnnotation.usualPrefix
    ) throws(CNIError) -> Lease? {
        func text(_ annotation: NodeAnnotation) -> String? { annotations[annotation.key(prefix)] }
        guard text(.managed) == "true" else { return nil }
        let type = text(.backendType) ?? ""
        func part(
            _ family: IPAddress.Family, _ address: NodeAnnotation, _ data: NodeAnnotation
        ) throws(CNIError) -> Part? {
            // A node of one family may have subnets of both.
            guard let subnet = podCIDRs.first(where: { $0.family == family }), let ip = text(address) else {
                return nil
            }
            let json = try text(data).map { text throws(CNIError) in try JSON(parsing: text) } ?? .null
            return try Part(
                subnet.network, type,
                publicIP: JSONCursor(
                    .string(ip), at: JSONPath().member(address.key(prefix)), failingWith: .decodingFailure),
                data: JSONCursor(
                    json, at: JSONPath().member(data.key(prefix)), failingWith: .decodingFailure))
        }
        let lease = Lease(
            v4: try part(.v4, .publicIP, .backendData), v6: try part(.v6, .publicIPv6, .backendV6Data),
            backendType: type)
        return lease.v4 == nil && lease.v6 == nil ? nil : lease
    }

    /// The annotations that publish the lease; `spec.podCIDRs` has the subnets.
    public func annotations(prefix: String = NodeAnnotation.usualPrefix) -> [String: String] {
        var texts: [NodeAnnotation: String] = [.managed: "true", .backendType: backendType]
        if let v4 {
            texts[.publicIP] = v4.publicIP.description
            texts[.backendData] = v4.tunnel.map { $0.json.description } ?? "null"
        }
        if let v6 {
            texts[.publicIPv6] = v6.publicIP.description
            texts[.backendV6Data] = v6.tunnel.map { $0.json.description } ?? "null"
        }
        return [String: String](uniqueKeysWithValues: texts.map { ($0.key.key(prefix), $0.value) })
    }
}
