// SPDX-License-Identifier: Apache-2.0

internal import AddressPool
package import CNITypes
internal import EC2
package import NodeAgentStatus

extension VPCAgent {
    /// The agent's pages: whether it works, whether it can give addresses, and what it measures.
    package var pages: StatusPages {
        let board = board
        var pages = StatusPages(metrics: metrics.registry) {
            await board.readiness
        }
        if options.areMetricsDisabled { pages.remove("/metrics") }
        return pages
    }

    /// The pages about the pool.
    package var introspection: StatusPages {
        var pages = pages
        let board = board
        pages.addJSON("/v1/pool") { await board.pool }
        pages.addJSON("/v1/enis") { await board.pool["enis"] ?? [] }
        return pages
    }
}

extension AgentBoard {
    /// Whether addresses can be given.
    package var readiness: StatusPages.Report {
        get async {
            var problems: [String] = []
            if let waitingFor { problems.append("waiting for \(waitingFor)") }
            if let kernelFailure { problems.append("node's network: \(kernelFailure)") }
            if let error = await keeper?.unreadiness {
                problems.append(error.message + (error.details.map { ": \($0)" } ?? ""))
            }
            return StatusPages.Report(problems: problems)
        }
    }

    /// The pool for people and programs; container ids are in it, as the page is for this node's root alone to serve.
    package var pool: JSON {
        get async {
            guard let keeper else { return ["waitingFor": .string(waitingFor ?? "")] }
            let pool = await keeper.snapshot
            let counts = pool.counts
            let reachable = await keeper.maxPods
            var document: JSON = [
                "node": .string(node?.instance ?? ""), "type": .string(node?.type ?? ""),
                "addresses": [
                    "total": JSON(counts.total), "free": JSON(counts.free), "assigned": JSON(counts.assigned),
                    "coolingOrHeld": JSON(counts.resting),
                ],
                "maxPods": JSON(reachable.pods),
                "waiting": .array(await keeper.waitingDescriptions.map { .string($0) }),
                "backoffs": .array(await keeper.backoffDescriptions.map { .string($0) }),
                "operations": .array(
                    pool.operations.sorted { $0.key < $1.key }.map { .string($0.value.description) }),
                "enis": .array(pool.enis.map { pool.json(of: $0) }),
            ]
            if let kubeletMaxPods { document["kubeletMaxPods"] = JSON(kubeletMaxPods) }
            if let failure = await keeper.lastFailureText { document["lastFailure"] = .string(failure) }
            return document
        }
    }
}

extension PoolKeeper {
    var waitingDescriptions: [String] { waiters.map(\.request.key.description) }
    var backoffDescriptions: [String] { input.backoffs.descriptions(now: clock()) }
    var lastFailureText: String? { lastFailure?.description }
}

extension Pool {
    /// An ENI with what its addresses are doing.
    func json(of eni: ENI) -> JSON {
        var document: JSON = [
            "id": .string(eni.id.text), "mac": .string(eni.mac.description),
            "deviceIndex": JSON(eni.deviceIndex),
            "networkCard": JSON(eni.networkCard), "subnet": .string(eni.subnet.text),
            "status": .string(eni.status.rawValue), "isPrimary": .bool(eni.isPrimary),
            "blocks": .array(eni.blocks.map { json(of: $0) }),
        ]
        switch eni.role {
        case .pool: document["role"] = "pool"
        case .exclusive(let owner):
            document["role"] = "exclusive"
            if let owner { document["owner"] = .string(owner.description) }
        case .foreign(let reason):
            document["role"] = "foreign"
            document["reason"] = .string(reason)
        }
        if let address = eni.primaryAddress { document["primaryAddress"] = .string(address.description) }
        if let defect = eni.defect { document["defect"] = .string(defect) }
        if eni.absences > 0 { document["defect"] = "not in EC2's last answer" }
        if eni.isLeaving { document["status"] = "leaving" }
        return document
    }

    private func json(of block: Block) -> JSON {
        var used: [JSON] = []
        let known = block.prefix.family == .v4 ? block.addresses : usedAddresses(in: block.prefix)
        for address in known {
            var entry: JSON = ["address": .string(address.description)]
            switch state(of: address) {
            case .assigned(let key):
                entry["state"] = "assigned"
                entry["attachment"] = .string(key.description)
                if let pod = assignments[key]?.pod, !pod.isEmpty { entry["pod"] = .string(pod) }
            case .cooling: entry["state"] = "cooling"
            case .held(let holder):
                entry["state"] = "held"
                entry["holder"] = .string(holder)
            case .foreign: entry["state"] = "foreign"
            case .free, nil: continue
            }
            used.append(entry)
        }
        return [
            "prefix": .string(block.prefix.description), "free": JSON(block.freeCount), "used": .array(used),
        ]
    }
}
