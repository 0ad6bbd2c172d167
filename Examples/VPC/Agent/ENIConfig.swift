// SPDX-License-Identifier: Apache-2.0

package import CNITypes

/// The subnet and the security groups of ENIs for pods, with custom networking.
package struct ENIConfig: Hashable, Sendable {
    package var subnet: String
    package var securityGroups: [String]

    package init(subnet: String, securityGroups: [String] = []) {
        self.subnet = subnet
        self.securityGroups = securityGroups
    }

    /// Reads the `spec` of an ENIConfig object, `crd.k8s.amazonaws.com/v1alpha1`, or the same of a file.
    ///
    /// - Throws: ``CNIError/Code/invalidConfiguration`` with what is wrong.
    package init(_ object: JSON) throws(CNIError) {
        let spec = object["spec"] ?? object
        guard let subnet = spec["subnet"]?.string, subnet.hasPrefix("subnet-") else {
            throw CNIError(.invalidConfiguration, "ENIConfig: subnet: not subnet-…")
        }
        let list = spec["securityGroups"] ?? []
        let groups = (list.array ?? []).compactMap(\.string)
        guard groups.count == list.array?.count,
            groups.allSatisfy({ $0.hasPrefix("sg-") })
        else {
            throw CNIError(.invalidConfiguration, "ENIConfig: securityGroups: not a list of sg-…")
        }
        self.init(subnet: subnet, securityGroups: groups)
    }

    /// The name of the ENIConfig that a node has: by its annotation, else by its label, else `default`.
    package static func name(of node: JSON, annotation: String, label: String) -> String {
        let metadata = node["metadata"]
        // A JSON member by exactly this name: label keys differ by letter case.
        if let name = metadata?["labels"]?.object?["vpc.amazonaws.com/externalEniConfig"]?.string {
            return name
        }
        if let name = metadata?["annotations"]?.object?[annotation]?.string { return name }
        return metadata?["labels"]?.object?[label]?.string ?? "default"
    }
}
