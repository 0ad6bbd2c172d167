// SPDX-License-Identifier: Apache-2.0

/// Finding by identifier, with the refusal that EC2 would answer.
extension Resources {
    package func interface(_ id: String) throws(EC2Error) -> NetworkInterface {
        try ResourceKind.networkInterface.check(id)
        guard let found = interfaces[id] else { throw .notFound(.networkInterface, id) }
        return found
    }

    package func subnet(_ id: String) throws(EC2Error) -> Subnet {
        try ResourceKind.subnet.check(id)
        guard let found = subnets[id] else { throw .notFound(.subnet, id) }
        return found
    }

    package func vpc(_ id: String) throws(EC2Error) -> VPC {
        try ResourceKind.vpc.check(id)
        guard let found = vpcs[id] else { throw .notFound(.vpc, id) }
        return found
    }

    package func instance(_ id: String) throws(EC2Error) -> Instance {
        try ResourceKind.instance.check(id)
        guard let found = instances[id] else { throw .notFound(.instance, id) }
        return found
    }

    package func group(_ id: String) throws(EC2Error) -> SecurityGroup {
        try ResourceKind.securityGroup.check(id)
        guard let found = groups[id] else {
            throw EC2Error("InvalidGroup.NotFound", "The security group '\(id)' does not exist")
        }
        return found
    }

    /// The interface of an attachment.
    package func interface(attachedBy attachment: String) throws(EC2Error) -> NetworkInterface {
        guard attachment.hasPrefix("eni-attach-") else {
            throw EC2Error(
                "InvalidNetworkInterfaceAttachmentId.Malformed",
                "Invalid id: \"\(attachment)\" (expecting \"eni-attach-...\")")
        }
        guard let found = interfaces.values.first(where: { $0.attachment?.id == attachment }) else {
            throw EC2Error("InvalidAttachmentID.NotFound", "The attachment ID '\(attachment)' does not exist")
        }
        return found
    }

    /// A VPC's group named `default`.
    func defaultGroup(of vpc: String) -> SecurityGroup? {
        groups.values.first { $0.vpc == vpc && $0.name == "default" }
    }
}
