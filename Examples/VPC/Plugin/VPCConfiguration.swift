// SPDX-License-Identifier: Apache-2.0

internal import CNIPlugin
internal import VPCNetwork

/// The vpc-eni plugin's keys, and what the agent has given the attachment.
public struct VPCConfiguration: Sendable {
    /// How the pod is to be on the VPC.
    let mode: AttachmentMode
    /// The branch ENI that the pod's annotation names.
    let branch: BranchENI?
    /// The prefix of the host's links.
    let linkPrefix: String
    /// How long an ADD waits for the agent, in seconds.
    let timeout: UInt32
    /// Where the agent is.
    let agent: AgentPlace
    /// The MAC address that the runtime asks for.
    let macs: [MACAddress]
    /// What the agent has given the attachment; nil before it was asked.
    var allocation: PodAttachment?

    /// The annotation of a pod that asks for a mode.
    static let modeAnnotation = "vpc.cni.swift/mode"
    /// Where runtimes put a pod's annotations, as containerd and CRI-O call the capability.
    private static let annotations = "io.kubernetes.cri.pod-annotations"

    /// Every key that the plugin reads of a network configuration, beside those that all plugins have.
    static let keys =
        AgentPlace.keys + [
            "mode", "allowedModes", "vethPrefix", "timeout", "runtimeConfig.mac",
            "runtimeConfig.\(annotations)",
        ]

    /// Reads the keys.
    init(_ keys: JSONCursor) throws(CNIError) {
        linkPrefix = try keys["vethPrefix"].nonEmptyText() ?? HostLinkName.usualPrefix
        timeout = try keys["timeout"].integer() ?? 30
        agent = try AgentPlace(keys)
        macs = try keys["runtimeConfig"]["mac"].mac().map { [$0] } ?? []
        let usual = try keys["mode"].mode() ?? .shared
        var allowed: [AttachmentMode] = []
        for element in try keys["allowedModes"].elements() {
            allowed.append(try element.required(try element.mode()))
        }
        let annotations = keys["runtimeConfig"][Self.annotations]
        let asked = try Self.asked(annotations, allowed)
        branch = asked.branch
        mode = asked.mode ?? usual
    }

    /// What the pod's annotations ask for, as far as the configuration allows it.
    private static func asked(
        _ annotations: JSONCursor, _ allowed: [AttachmentMode]
    ) throws(CNIError) -> (mode: AttachmentMode?, branch: BranchENI?) {
        if allowed.contains(.branch), let text = try annotations[BranchENI.annotation].nonEmptyText(),
            let branch = try BranchENI.list(annotation: text).first
        {
            return (.branch, branch)
        }
        guard let mode = try annotations[modeAnnotation].mode() else { return (nil, nil) }
        guard allowed.contains(mode) else {
            throw annotations[modeAnnotation].failure(
                "\(mode.rawValue) is not among allowedModes of the network")
        }
        return (mode, nil)
    }

    func validate() throws(CNIError) {
        func refuse(_ place: JSONPath, _ reason: String) throws(CNIError) {
            throw CNIError(.invalidConfiguration, at: place, reason)
        }
        if !HostLinkName.isPrefix(linkPrefix) {
            try refuse(
                "vethPrefix", "\"\(linkPrefix)\" is not 1 to 4 letters or digits other than eth, lo and vlan")
        }
        if !(1...600).contains(timeout) { try refuse("timeout", "\(timeout) is not 1 to 600 seconds") }
    }

    /// Refuses a pod on a branch without one.
    func requireBranch() throws(CNIError) {
        guard mode == .branch, branch == nil else { return }
        throw CNIError(
            .invalidConfiguration, at: "mode",
            "branch needs the pod's annotation \(BranchENI.annotation)",
            details:
                "the runtime passes it on with the capability \(Self.annotations), and allowedModes has branch"
        )
    }
}

extension JSONCursor {
    fileprivate func mode() throws(CNIError) -> AttachmentMode? {
        try parsed("shared, exclusive or branch") { AttachmentMode(rawValue: $0) }
    }
}
