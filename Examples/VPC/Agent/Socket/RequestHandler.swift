// SPDX-License-Identifier: Apache-2.0

package import AddressPool
internal import CNITypes
internal import VPCNetwork

/// Answers what the plugin asks.
package struct RequestHandler: Sendable {
    let keeper: PoolKeeper
    let links: any LinkDirectory
    let options: AgentOptions
    /// What containers that get an ENI of their own want of it.
    let wishes: ExclusiveWishes

    /// An answer has to be on its way before the plugin gives up.
    private static let margin = Duration.milliseconds(500)

    package init(
        keeper: PoolKeeper, links: any LinkDirectory, options: AgentOptions,
        wishes: ExclusiveWishes = ExclusiveWishes()
    ) {
        self.keeper = keeper
        self.links = links
        self.options = options
        self.wishes = wishes
    }

    /// Answers a line; what cannot be read is answered, too.
    package func answer(_ line: [UInt8]) async -> [UInt8] {
        let request: AgentRequest
        do throws(CNIError) {
            request = try AgentRequest(parsing: line)
        } catch {
            return AgentAnswer(.failure(error)).line
        }
        do throws(CNIError) {
            return AgentAnswer(try await content(request), version: request.version).line
        } catch {
            return AgentAnswer(.failure(error), version: request.version).line
        }
    }

    private func content(_ request: AgentRequest) async throws(CNIError) -> AgentAnswer.Content {
        let network = request.network.rawValue
        switch request.verb {
        case .add(let addition):
            if addition.mode == .branch { return .attachment(try await branch(addition)) }
            let given = try await keeper.add(wanted(addition, network), patience: patience(addition))
            return .attachment(try await described(given))
        case .plan(let addition):
            if addition.mode == .branch { return .attachment(try await branch(addition)) }
            return .attachment(try await described(keeper.preview(wanted(addition, network))))
        case .check(let attachment):
            guard let given = await keeper.assignment(AttachmentKey(attachment)) else {
                throw CNIError(.unknownContainer, "vpc-agent has given nothing to \(attachment.key)")
            }
            return .attachment(try await described(given))
        case .delete(let attachment):
            try await keeper.release(AttachmentKey(attachment), reason: "del")
            return .done
        case .collect(let valid):
            try await keeper.collect(
                network,
                valid: Set(valid.map { AttachmentKey(container: $0.containerID, interface: $0.ifname) }))
            return .done
        case .status:
            if let error = await keeper.unreadiness { throw error }
            return .done
        }
    }

    private func patience(_ addition: AgentRequest.Addition) -> Duration {
        if addition.deadline == 0 { return options.addWait }
        return min(options.addWait, max(.milliseconds(Int64(addition.deadline)) - Self.margin, .zero))
    }

    private func wanted(_ addition: AgentRequest.Addition, _ network: String) -> AddRequest {
        let key = AttachmentKey(addition.attachment)
        let pod = addition.pod.map { "\($0.namespace)/\($0.name)" } ?? ""
        return AddRequest(
            key: key, network: network, pod: pod, namespace: addition.namespacePath,
            exclusive: addition.mode == .exclusive ? wishes.request(key, pod: pod) : nil)
    }

    /// What the plugin has to know to build an attachment's network.
    private func described(_ given: Assignment) async throws(CNIError) -> PodAttachment {
        guard let eni = await keeper.eni(given.eni), let link = await links.link(of: eni.mac) else {
            throw CNIError(.tryAgainLater, "the link of \(given.eni) is not there")
        }
        let node = NodeENI(eni, link: link)
        let addresses = given.addresses.compactMap { node.podAddress($0) }
        guard addresses.count == given.addresses.count, !addresses.isEmpty else {
            throw CNIError(.tryAgainLater, "the subnet of \(given.eni) is not known yet")
        }
        return PodAttachment(
            mode: given.kind == .exclusive ? .exclusive : .shared,
            mtu: UInt32(options.podMTU ?? options.eniMTU), addresses: addresses)
    }

    /// A branch of the trunk, which the controller has made: it only has to be there.
    private func branch(_ addition: AgentRequest.Addition) async throws(CNIError) -> PodAttachment {
        guard options.isPodENIEnabled else {
            throw CNIError(.invalidConfiguration, "branch ENIs are switched off (ENABLE_POD_ENI)")
        }
        guard let branch = addition.branch else {
            throw CNIError(.decodingFailure, "the request names no branch ENI")
        }
        guard let trunk = await keeper.trunk, let link = await links.link(of: trunk.mac) else {
            throw CNIError(.tryAgainLater, "the node has no trunk ENI yet")
        }
        let table = RouteTable.number(vlan: branch.vlan)
        let addresses = branch.addresses.compactMap { prefix -> PodAddress? in
            guard let gateway = NodeENI.gateway(of: prefix.network) else { return nil }
            return PodAddress(
                prefix.address,
                of: PodAddress.ENI(
                    mac: trunk.mac, link: link, deviceIndex: trunk.deviceIndex, table: table,
                    subnet: prefix.network,
                    gateway: gateway, primaryAddress: prefix.address, isPrimary: false))
        }
        return PodAttachment(
            mode: .branch, mtu: UInt32(options.podMTU ?? options.eniMTU), addresses: addresses,
            branch: BranchLink(
                vlan: branch.vlan, mac: branch.mac, isStrict: options.podSecurityGroupMode == "strict"))
    }
}

extension AttachmentKey {
    init(_ attachment: Attachment) {
        self.init(container: attachment.containerID.rawValue, interface: attachment.interface.rawValue)
    }
}
