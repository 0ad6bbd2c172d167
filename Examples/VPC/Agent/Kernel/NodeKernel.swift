// SPDX-License-Identifier: Apache-2.0

package import AddressPool
package import Addressing
package import NIOCore
internal import Netlink
internal import NetworkState
package import VPCNetwork

/// The node's kernel, which is asked for one thing after the other, on a thread of its own: the calls block.
package actor NodeKernel: LinkDirectory {
    nonisolated private let executor: any SerialExecutor
    private let session = NetworkSession(container: nil)
    private var names: [MACAddress: String] = [:]
    private var last: NodeNetwork?
    /// What changes of the kernel concern the node's network.
    nonisolated let interest = KernelInterest()

    /// All that is isolated to the actor runs there.
    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Creates a way to the kernel of the namespace that the process is in.
    ///
    /// - Parameter thread: A thread that nobody else has work for.
    package init(on thread: any EventLoop) { executor = thread.executor }

    /// The name of the interface with a MAC address; looks for it if it was not there the last time.
    package func link(of mac: MACAddress) -> String? {
        if let name = names[mac] { return name }
        try? readLinks()
        return names[mac]
    }

    /// Compares the node's network with the kernel, and does the difference.
    package func converge(_ enis: [ENI], _ describe: @Sendable ([NodeENI]) -> NodeNetwork) -> KernelPass {
        var pass = KernelPass()
        do throws(NetlinkError) {
            try readLinks()
        } catch {
            pass.failure = error.description
            return pass
        }
        var present: [NodeENI] = []
        for eni in enis where eni.role == .pool && eni.networkCard == 0 {
            guard let name = names[eni.mac] else {
                pass.defects[eni.id] = .some("no interface has its MAC address \(eni.mac)")
                continue
            }
            var described = NodeENI(eni, link: name)
            takeLengths(to: &described)
            if described.v4 == nil && described.v6 == nil {
                pass.defects[eni.id] = .some("its subnet is not known")
            } else {
                pass.defects[eni.id] = .some(nil)
            }
            present.append(described)
        }
        guard present.contains(where: \.isPrimary) else {
            pass.failure = "the primary ENI's interface is not there"
            return pass
        }
        converge(describe(present), &pass)
        if pass.failure != nil {
            // Which of them it concerns shows the next pass; until then nothing new is put on any but the primary one.
            for eni in enis where !eni.isPrimary && pass.defects[eni.id] != nil {
                pass.defects[eni.id] = .some(pass.failure)
            }
        }
        return pass
    }

    private func converge(_ network: NodeNetwork, _ pass: inout KernelPass) {
        interest.set(
            indices: indices(of: network.enis.map(\.link)), macs: Set(network.enis.map(\.mac)),
            tables: Set(network.enis.map(\.table)))
        do throws(StateError) {
            let links =
                network.enis.contains { $0.v6 != nil } ? try session.advertisedLinks(in: .host) : []
            var found = ObservedState()
            if network.hasStrictBranches {
                found = try session.observe(network.desiredState(among: links))
            }
            let steps = try session.converge(to: network.desiredState(among: links, given: found))
            pass.steps = steps.map(\.description)
            // Of what was as described at the last look, and is not now, others have changed something.
            pass.isRepair = last == network && !steps.isEmpty
            last = network
        } catch {
            pass.failure = error.description
            last = nil
        }
    }

    /// Takes away what is the agent's.
    package func removeAll() -> String? {
        do throws(StateError) {
            // The kernel's own rule for local addresses is back one look before the agent's goes.
            for _ in 0..<3 where try NodeNetwork.takeDown(session).isEmpty { break }
            return nil
        } catch {
            return error.description
        }
    }

    private func readLinks() throws(NetlinkError) {
        var names: [MACAddress: String] = [:]
        for link in try RoutingSocket().links() {
            guard let mac = link.attributes.mac, names[mac] == nil else { continue }
            names[mac] = link.name
        }
        self.names = names
    }

    /// Takes over with which lengths an interface has its addresses already, as its DHCP client has put them there.
    private func takeLengths(to eni: inout NodeENI) {
        guard let socket = try? RoutingSocket(), let link = try? socket.link(.name(eni.link)) else { return }
        for (_, address) in (try? socket.addresses(on: link.index)) ?? [] {
            if address.prefix.address == eni.v4?.primaryAddress { eni.v4?.length = address.prefix.length }
            if address.prefix.address == eni.v6?.primaryAddress { eni.v6?.length = address.prefix.length }
        }
    }

    private func indices(of names: [String]) -> Set<UInt32> {
        guard let links = try? RoutingSocket().links(named: names) else { return [] }
        return Set(links.map(\.index))
    }
}

/// What has come of comparing the node's network with the kernel.
package struct KernelPass: Sendable {
    /// What was done, in the words of ip(8).
    package var steps: [String] = []
    /// Whether it repaired what others had changed.
    package var isRepair = false
    /// What could not be done.
    package var failure: String?
    /// What is wrong with ENIs; nil for those with which nothing is.
    package var defects: [ENIID: String?] = [:]
}
