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
    /// The IPv4 address to publish, of the interface to use, unless ``publicIPOverwrite`` is there.
    case nodePublicIP = "node-public-ip"
    /// The IPv6 address to publish, of the interface to use, unless ``publicIPv6Overwrite`` is there.
    case nodePublicIPv6 = "node-public-ipv6"

    /// The default prefix of the keys.
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
        let reading = LeaseReading(annotations: annotations, podCIDRs: podCIDRs, prefix: prefix)
        return reading.isComplete && reading.lease == nil ? nil : try reading.complete()
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

extension LeaseReading {
    /// Reads a lease from a node's annotations and its `spec.podCIDRs`; without one and without a mistake for a node that has
    /// none.
    public init(
        annotations: [String: String], podCIDRs: [IPPrefix], prefix: String = NodeAnnotation.usualPrefix
    ) {
        func text(_ annotation: NodeAnnotation) -> String? { annotations[annotation.key(prefix)] }
        guard text(.managed) == "true" else {
            self.init(nil)
            return
        }
        let type = text(.backendType) ?? ""
        self.init(backendType: type) { (family) throws(CNIError) in
            let address: NodeAnnotation = family == .v4 ? .publicIP : .publicIPv6
            let data: NodeAnnotation = family == .v4 ? .backendData : .backendV6Data
            // A node of one family may have subnets of both.
            guard let subnet = podCIDRs.first(where: { $0.family == family }), let ip = text(address) else {
                return nil
            }
            let path = JSONPath().member(data.key(prefix))
            var json = JSON.null
            if let text = text(data) {
                do throws(CNIError) {
                    json = try JSON(parsing: text)
                } catch {
                    throw CNIError(.decodingFailure, at: path, error.message)
                }
            }
            return try Lease.Part(
                subnet.network, type,
                publicIP: JSONCursor(
                    .string(ip), at: JSONPath().member(address.key(prefix)), failingWith: .decodingFailure),
                data: JSONCursor(json, at: path, failingWith: .decodingFailure))
        }
    }
}
