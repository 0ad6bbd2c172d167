// SPDX-License-Identifier: Apache-2.0

internal import AddressPool
package import EC2

/// What IAM lets the agent of this node do, found out by calls that change nothing.
package struct PermissionReport: Hashable, Sendable {
    /// A line for each permission.
    package var lines: [String]
    /// The permissions that are missing.
    package var missing: [String]

    /// Judges what EC2 has answered.
    ///
    /// - Parameter isOnOwnENI: Whether an ENI that an agent has made was asked about. Policies may allow changes of such
    ///   ones only, by their tags: a refusal for the primary ENI says nothing then.
    package init(_ checks: [PermissionCheck], isOnOwnENI: Bool) {
        lines = []
        missing = []
        let creates = checks.contains {
            $0.permission == "ec2:CreateNetworkInterface" && $0.outcome == .allowed
        }
        for check in checks {
            let words: String
            switch check.outcome {
            case .allowed: words = "allowed"
            case .cannotBeAsked: words = "not known: EC2 has no dry run of it"
            case .unknown(let error): words = "not known: \(error.code): \(error.message)"
            case .denied where check.permission == "ec2:CreateTags" && creates:
                // The agent tags ENIs only in the call that makes them, which was asked about with tags.
                words = "allowed where an ENI is made, which is all that is needed"
            case .denied where !isOnOwnENI && Self.changes.contains(check.permission):
                words = "refused for the primary ENI; not known for one that the agent makes"
            case .denied(let error):
                words = "MISSING: \(error.message)"
                missing.append(check.permission)
            }
            lines.append("\(check.permission)  \(words)")
        }
    }

    private static let changes: Set<String> = [
        "ec2:AttachNetworkInterface", "ec2:DeleteNetworkInterface",
        "ec2:DetachNetworkInterface", "ec2:ModifyNetworkInterfaceAttribute",
    ]
}

extension VPCAgent {
    /// Asks EC2 about each permission that the agent needs; changes nothing.
    ///
    /// - Throws: `MetadataError` and `EC2Error` if they cannot be asked, which is a missing permission, too, if EC2 says so.
    package func permissions() async throws -> PermissionReport {
        let node = try await NodeIdentity.discover(metadata, service)
        let enis = try await service.describeNetworkInterfaces(
            .matching("attachment.instance-id", node.instance))
        let own = enis.first { $0.tags[ENITags.instance] == node.instance && $0.attachment?.deviceIndex != 0 }
        let primary = enis.first { $0.attachment?.deviceIndex == 0 && $0.attachment?.networkCard == 0 }
        guard let subject = own ?? primary, let attachment = subject.attachment?.id else {
            throw EC2Error(
                .notFound(.networkInterface), action: "DescribeNetworkInterfaces",
                message: "the node's ENI has no attachment")
        }
        let checks = try await service.checkPermissions(
            PermissionSubject(
                instanceID: node.instance, interfaceID: subject.id, attachmentID: attachment,
                subnetID: node.subnet.text, securityGroupIDs: node.securityGroups,
                tags: ENITags.ofNew(.pool, node, options, time: NodeClock.seconds)))
        return PermissionReport(checks, isOnOwnENI: own != nil)
    }
}
