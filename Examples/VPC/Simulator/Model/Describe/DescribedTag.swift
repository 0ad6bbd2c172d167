// SPDX-License-Identifier: Apache-2.0

/// A tag with whose it is.
package struct DescribedTag: Describable {
    package let resource: String
    package let key: String
    package let value: String
    package let serial: UInt64

    package var id: String { "\(resource)/\(key)" }
    package var tags: [String: String] { [:] }

    /// What kind of resource it is on, as EC2 names kinds.
    package var resourceType: String { ResourceKind(id: resource)?.rawValue ?? "" }

    package func values(of filter: String, in scope: FilterScope) -> [String]? {
        switch filter {
        case "key": [key]
        case "resource-id": [resource]
        case "resource-type": [resourceType]
        case "value": [value]
        default: nil
        }
    }
}

/// An instance type with its place in the list.
package struct DescribedType: Describable {
    package let type: InstanceType
    package let serial: UInt64

    package var id: String { type.name }
    package var tags: [String: String] { [:] }

    package func values(of filter: String, in scope: FilterScope) -> [String]? {
        switch filter {
        case "instance-type": [type.name]
        case "hypervisor": type.hypervisor == .metal ? [] : [type.hypervisor.rawValue]
        case "bare-metal": ["\(type.hypervisor == .metal)"]
        case "processor-info.supported-architecture": [type.architecture]
        case "vcpu-info.default-vcpus": ["\(type.processors)"]
        case "memory-info.size-in-mib": ["\(type.memory)"]
        case "network-info.maximum-network-interfaces": ["\(type.cards.reduce(0, +))"]
        case "network-info.maximum-network-cards": ["\(type.cards.count)"]
        case "network-info.ipv4-addresses-per-interface": ["\(type.ipv4PerInterface)"]
        case "network-info.ipv6-addresses-per-interface": ["\(type.ipv6PerInterface)"]
        case "network-info.ipv6-supported": ["\(type.ipv6PerInterface > 0)"]
        case "network-info.efa-supported": ["\(type.supportsEFA)"]
        default: nil
        }
    }
}
