// SPDX-License-Identifier: Apache-2.0

package import Addressing

/// The node's ENIs and addresses, and who has which: a value without any input or output of its own.
///
/// Whoever changes it holds it alone, so that handing an address out and giving it back to EC2 exclude each other.
package struct Pool: Sendable {
    /// By device index.
    package internal(set) var enis: [ENI] = []
    package internal(set) var assignments: [AttachmentKey: Assignment] = [:]
    /// Whether what the node's namespaces hold was looked at; nothing is handed out before.
    package internal(set) var isProven = false
    /// How long an address that is handed back is not handed out again.
    package var cooldown: Duration
    /// Whether the primary ENI is for the node alone (custom networking).
    package var excludesPrimary: Bool
    /// What has been started and not been answered yet.
    package internal(set) var operations: [Int: Action] = [:]

    var owners: [IPAddress: AttachmentKey] = [:]
    var cooling: [IPAddress: Moment] = [:]
    var coolingOrder = CoolingOrder()
    var held: [IPAddress: String] = [:]
    /// Blocks that were given back lately: an older answer of a Describe still shows them.
    var departed: [ENIID: [IPPrefix: Moment]] = [:]
    /// Assignments whose namespace was not found at the last look.
    var unseen: Set<AttachmentKey> = []
    var nextOperation = 1
    /// Whether the journal is damaged: of what was just handed back nothing may be known.
    var isAmbiguous = false
    private let seed: UInt64

    /// Creates an empty pool.
    ///
    /// - Parameter seed: Where IPv6 addresses begin; at random, so that a restarted node does not give the ones before.
    package init(cooldown: Duration = .seconds(30), excludesPrimary: Bool = false, seed: UInt64 = 1) {
        self.cooldown = cooldown
        self.excludesPrimary = excludesPrimary
        self.seed = seed
    }

    /// How long EC2's answers may be behind its own changes: until then, what a Describe leaves out is not gone, and
    /// what it still shows is not back.
    package static let describeLag = Duration.seconds(60)

    package subscript(id: ENIID) -> ENI? { enis.first { $0.id == id } }

    /// What an address is doing; nil if no ENI of the pool has it.
    package func state(of address: IPAddress) -> AddressState? {
        if let owner = owners[address] { return .assigned(owner) }
        if let holder = held[address] { return .held(by: holder) }
        if let until = cooling[address] { return .cooling(until: until) }
        for eni in enis {
            if let block = eni.block(of: address) { return eni.blocks[block].isForeign ? .foreign : .free }
        }
        return nil
    }

    /// The addresses of a prefix that are not free.
    package func usedAddresses(in prefix: IPPrefix) -> [IPAddress] {
        (Array(owners.keys) + Array(cooling.keys) + Array(held.keys)).filter { prefix.contains($0) }.sorted()
    }

    func isUsed(_ address: IPAddress) -> Bool {
        owners[address] != nil || cooling[address] != nil || held[address] != nil
    }

    func index(of id: ENIID) -> Int? { enis.firstIndex { $0.id == id } }

    /// The ENI that an address is of.
    func index(of address: IPAddress) -> Int? { enis.firstIndex { $0.block(of: address) != nil } }

    mutating func block(_ prefix: IPPrefix, isForeign: Bool, now: Moment) -> Block {
        Block(prefix, isForeign: isForeign, seen: now, cursor: seed) { isUsed($0) }
    }

    /// Counts anew what an ENI's addresses are doing, after its blocks have changed.
    mutating func recount(_ index: Int) {
        let blocks = enis[index].blocks
        func count(_ addresses: some Sequence<IPAddress>) -> Int {
            addresses.count { address in blocks.contains { $0.prefix.contains(address) } }
        }
        enis[index].restingCount = count(cooling.keys) + count(held.keys)
        enis[index].assignedCount = assignments.values.count { $0.kind == .shared && home(of: $0) == index }
    }
}
