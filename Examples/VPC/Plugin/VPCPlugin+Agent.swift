// SPDX-License-Identifier: Apache-2.0

public import CNIPlugin
internal import VPCNetwork

extension VPCPlugin {
    /// Asks the node's agent what the pod has of the VPC.
    public func allocate(
        _ purpose: Allocation, for request: Request<VPCConfiguration>
    ) throws(CNIError) -> VPCConfiguration {
        var configuration = request.configuration
        configuration.allocation = try allocation(purpose, for: request)
        return configuration
    }

    private func allocation(
        _ purpose: Allocation, for request: Request<VPCConfiguration>
    ) throws(CNIError) -> PodAttachment {
        let place = request.configuration.agent
        if purpose != .comparison { try request.configuration.requireBranch() }
        let wait = request.configuration.timeout * 1000
        // The agent gives up first, and says why.
        let patience = wait + 2000
        switch purpose {
        case .comparison:
            return try place.agent.attachment(
                .check(request.attachment), of: request.network.name, patience: patience)
        case .preview:
            return try place.agent.attachment(
                .plan(addition(request, wait)), of: request.network.name, patience: patience)
        case .use:
            let given = try place.agent.add(
                addition(request, wait), patience: patience, brief: AgentPlace.shortPatience,
                notes: place.notes)
            guard let mistake = mistake(in: given, request.configuration) else { return given }
            // A pod that asks for security groups of its own must not get those of others.
            try place.release(request.attachment)
            throw CNIError(.decodingFailure, "vpc-agent gave the pod \(mistake)")
        }
    }

    /// What is not as the pod has to have it; nil if everything is.
    private func mistake(in given: PodAttachment, _ wanted: VPCConfiguration) -> String? {
        if given.mode != wanted.mode {
            return "a \(given.mode.rawValue) attachment, not a \(wanted.mode.rawValue) one"
        }
        guard wanted.mode == .branch, let branch = given.branch, let own = wanted.branch else { return nil }
        if branch.vlan != own.vlan || branch.mac != own.mac {
            return "the branch \(branch.mac) in VLAN \(branch.vlan), not \(own.mac) in VLAN \(own.vlan)"
        }
        let foreign = given.addresses.map(\.address).filter { address in
            !own.addresses.contains { $0.address == address }
        }
        return foreign.first.map { "the address \($0), which is not of its branch \(own.id)" }
    }

    private func addition(
        _ request: Request<VPCConfiguration>, _ deadline: UInt32
    ) -> AgentRequest.Addition {
        AgentRequest.Addition(
            attachment: request.attachment, namespacePath: request.namespacePath ?? "",
            pod: PodReference(request.arguments), mode: request.configuration.mode,
            branch: request.configuration.branch, deadline: deadline)
    }

    /// Has the agent note that the pod's addresses are free; one that does not run finds a note.
    public static func release(
        _ attachment: Attachment, of network: NetworkConfiguration
    ) throws(CNIError) {
        try AgentPlace(of: network).release(attachment)
    }

    /// Has the agent note which addresses are free.
    public static func releaseAll(
        but valid: [AttachmentReference], of network: NetworkConfiguration
    ) throws(CNIError) {
        try AgentPlace(of: network).agent.perform(
            .collect(valid), of: network.name, patience: AgentPlace.shortPatience)
    }

    /// Asks the agent whether the node can take pods.
    public static func requireAllocation(of network: NetworkConfiguration) throws(CNIError) {
        try AgentPlace(of: network).agent.perform(
            .status, of: network.name, patience: AgentPlace.shortPatience)
    }
}
