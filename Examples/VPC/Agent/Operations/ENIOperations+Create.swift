// SPDX-License-Identifier: Apache-2.0

internal import AddressPool
internal import Addressing
internal import EC2
internal import Logging

extension ENIOperations {
    /// Makes an ENI and attaches it; returns it as EC2 describes it when it is attached.
    ///
    /// If the agent ends in between, its tags say whose it is: the next start, or another node's sweep, removes it.
    func create(_ creation: Action.Creation) async throws(EC2Error) -> NetworkInterface {
        let made = try await service.createNetworkInterface(request(creation))
        logger.info("ENI created", metadata: ["eni": "\(made.id)", "subnet": "\(creation.subnet)"])
        do throws(EC2Error) {
            let attachment = try await attach(made.id, from: creation.deviceIndex)
            return try await attached(made, attachment)
        } catch {
            // Whoever ends this task leaves the rest to the next start.
            if error.kind != .cancelled { await discard(made.id, because: error) }
            throw error
        }
    }

    private func request(_ creation: Action.Creation) -> NetworkInterfaceRequest {
        var groups = securityGroups ?? node.securityGroups
        if case .exclusive(let wanted) = creation.purpose, !wanted.securityGroups.isEmpty {
            groups = wanted.securityGroups
        }
        var request = NetworkInterfaceRequest(
            subnetID: creation.subnet.text, text: "aws-K8S-\(node.instance)", securityGroupIDs: groups,
            tags: ENITags.ofNew(creation.purpose, node, options, time: clock()))
        if creation.prefixes > 0 {
            request.ipv4 = .prefixCount(creation.prefixes)
        } else if creation.addresses > 0 {
            request.ipv4 = .addressCount(creation.addresses)
        }
        if creation.ipv6Prefixes > 0 { request.ipv6 = .prefixCount(creation.ipv6Prefixes) }
        return request
    }

    /// Attaches an ENI at a device index, or at the next that is free if somebody else has that one by now.
    ///
    /// - Returns: The attachment; nil if the answer was lost, and only EC2's description has it.
    private func attach(_ id: String, from first: Int) async throws(EC2Error) -> InterfaceAttachment? {
        var index = first
        var attempts = 0
        while true {
            attempts += 1
            do throws(EC2Error) {
                let attachment = try await service.attachNetworkInterface(
                    id, to: node.instance, deviceIndex: index, networkCard: 0)
                return InterfaceAttachment(
                    id: attachment, deviceIndex: index, networkCard: 0, instanceID: node.instance)
            } catch {
                // Where the answer is lost, what EC2 says of the ENI counts.
                if error.mayHaveHappened, try await isAttached(id) { return nil }
                switch error.kind {
                case .deviceIndexInUse where attempts < 16: index = try await freeIndex(above: index)
                // Not known everywhere yet.
                case .notFound(.networkInterface) where attempts < 16: try await wait(pause)
                case .inUse, .incorrectState:
                    if try await isAttached(id) { return nil }
                    if attempts >= 16 { throw error }
                    try await wait(pause)
                case .transport where attempts < 4, .timedOut where attempts < 4: try await wait(pause)
                default: throw error
                }
            }
        }
    }

    private func isAttached(_ id: String) async throws(EC2Error) -> Bool {
        guard let attachment = try await describe(id)?.attachment else { return false }
        return attachment.instanceID == node.instance && attachment.status != .detached
    }

    private func freeIndex(above taken: Int) async throws(EC2Error) -> Int {
        let enis = try await service.describeNetworkInterfaces(
            .matching("attachment.instance-id", node.instance))
        let used = Set(
            enis.compactMap(\.attachment).filter { $0.networkCard == 0 }.map(\.deviceIndex) + [taken])
        return (1...).first { !used.contains($0) } ?? taken + 1
    }

    /// Waits until an ENI is attached, and has it go with the instance.
    private func attached(
        _ made: NetworkInterface, _ known: InterfaceAttachment?
    ) async throws(EC2Error) -> NetworkInterface {
        let end = ContinuousClock.now + patience
        var attachment = known
        var next = pause / 4
        var isSet = false
        while true {
            if !isSet, let id = attachment?.id {
                try await service.modifyNetworkInterface(
                    made.id, .deletesOnTermination(attachment: id, true))
                attachment?.deletesOnTermination = true
                isSet = true
            }
            // The node's own metadata show it at no cost. They lag at times: then EC2 is asked, less and less often.
            if isSet, known != nil, await isShown(made.macAddress, within: next) {
                var shown = made
                shown.status = .inUse
                shown.attachment = attachment
                shown.attachment?.status = .attached
                return shown
            }
            if let eni = try await describe(made.id), let described = eni.attachment {
                attachment = described
                if described.status == .attached, isSet { return eni }
            }
            guard ContinuousClock.now < end else {
                throw EC2Error(
                    .timedOut, action: "AttachNetworkInterface",
                    message: "\(made.id) is not attached after \(patience.components.seconds) s")
            }
            try await wait(next)
            next = min(next * 2, pause * 4)
        }
    }

    /// Whether the metadata service shows an interface, or does before long.
    private func isShown(_ mac: MACAddress?, within limit: Duration) async -> Bool {
        guard let metadata, let mac else { return false }
        let end = ContinuousClock.now + max(limit, .seconds(3))
        repeat {
            do {
                if try await metadata.macAddresses().contains(mac) { return true }
                try await Task.sleep(for: pause / 4)
            } catch { return false }
        } while ContinuousClock.now < end
        return false
    }

    /// Removes an ENI that was made in vain; one that cannot be removed now is swept later.
    private func discard(_ id: String, because error: EC2Error) async {
        logger.warning("ENI cannot be used", metadata: ["eni": "\(id)", "reason": "\(error)"])
        do throws(EC2Error) {
            try await remove(id)
        } catch {
            logger.warning(
                "ENI stays until the next sweep", metadata: ["eni": "\(id)", "reason": "\(error)"])
        }
    }
}
