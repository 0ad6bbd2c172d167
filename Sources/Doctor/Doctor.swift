// SPDX-License-Identifier: Apache-2.0

public import CNITypes

/// Finds what breaks containers' networks on a machine, and says how to mend it.
///
///     for finding in Doctor().examine() where finding.severity != .ok {
///         print(finding, finding.remedy ?? "")
///         if finding.isSafeToFix { try finding.fix() }
///     }
///
/// It changes nothing before ``Finding/fix()``. What a kernel can do is tried in a network namespace that is
/// thrown away. Needs CAP_NET_ADMIN and CAP_SYS_ADMIN to see everything; what cannot be seen is a finding
/// too.
public struct Doctor: Sendable {
    /// How far an examination has come.
    public struct Progress: Hashable, Sendable {
        /// The identifier of what is looked at next.
        public let id: String
        /// How much has been looked at.
        public let done: Int
        /// How much there is to look at.
        public let count: Int
    }

    /// Where to look.
    public var machine: Machine
    /// What runtimes remember; nil if nobody asked them, and then nothing counts as left over.
    public var attachments: KnownAttachments?

    /// Creates a doctor for a machine.
    public init(machine: Machine = Machine(), attachments: KnownAttachments? = nil) {
        self.machine = machine
        self.attachments = attachments
    }

    /// Looks at everything, in the calling thread's network namespace.
    ///
    /// - Parameter progress: Told before each examination, and after the last one.
    /// - Returns: At least one finding for each examination; those that found nothing are
    ///   ``Finding/Severity/ok``.
    public func examine(progress: (Progress) -> Void = { _ in }) -> [Finding] {
        let examinations = Self.examinations
        let survey = Survey(of: machine, attachments)
        var findings: [Finding] = []
        for (index, examination) in examinations.enumerated() {
            progress(Progress(id: examination.id, done: index, count: examinations.count))
            findings += Self.perform(examination, survey)
        }
        progress(Progress(id: "", done: examinations.count, count: examinations.count))
        return findings
    }

    private static func perform(_ examination: any Examination, _ survey: Survey) -> [Finding] {
        do throws(Obstacle) {
            let found = try examination.findings(in: survey)
            return found.isEmpty ? [Finding(examination.id, .ok, examination.healthy, "")] : found
        } catch {
            return [
                Finding(
                    examination.id, .warning, "could not find out whether \(examination.healthy)",
                    "The examination failed: \(error.reason).")
            ]
        }
    }

    private static let examinations: [any Examination] =
        KernelFeature.all + [
            ConfigurationExamination(), NetworkNameExamination(), PluginFolderExamination(),
            PluginExamination(), PluginVersionExamination(), InterfacePluginExamination(),
            ForwardingExamination(family: .v4),
            ForwardingExamination(family: .v6), ReversePathExamination(), ForwardPolicyExamination(),
            ForwardOrderExamination(), LegacyForwardPolicyExamination(), BridgeNetfilterExamination(),
            BridgeAddressExamination(),
            BridgeMTUExamination(), ConnectionTrackingExamination(), NeighbourTableExamination(),
            LeaseExamination(), LinkExamination(), ElementExamination.masquerade,
            ElementExamination.spoofCheck, ElementExamination.ports, ElementExamination.admission,
            ReferenceRulesExamination(), DHCPDaemonExamination(),
            VPCAgentExamination(), OtherVPCAgentExamination(),
            VPCLeftOverChainsExamination(), VPCLeftOverRulesExamination(), VPCTableExamination(),
            ENITableExamination(),
            ForeignRuleExamination(),
            HostAgentExamination(), AttachmentExamination(),
        ]
}

extension [Finding] {
    /// The report that a program can read: the findings, and how many there are of each severity.
    public var json: JSON {
        func count(_ severity: Finding.Severity) -> JSON {
            JSON(self.count(where: { $0.severity == severity }))
        }
        return [
            "findings": .array(map(\.json)), "ok": count(.ok), "warnings": count(.warning),
            "problems": count(.problem),
        ]
    }
}
