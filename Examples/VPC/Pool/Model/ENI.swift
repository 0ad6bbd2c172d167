// SPDX-License-Identifier: Apache-2.0

package import Addressing

/// An elastic network interface of this node, with the addresses that it has for pods.
package struct ENI: Hashable, Sendable {
    /// What an ENI is for.
    package enum Role: Hashable, Sendable {
        /// Its addresses are handed out.
        case pool
        /// It is one container's alone; nil while nobody has it.
        case exclusive(AttachmentKey?)
        /// Somebody else's: it takes a slot and a device index, and is left alone.
        case foreign(String)
    }

    /// What EC2 says of its attachment.
    package enum Status: String, Hashable, Sendable {
        case attaching, attached, detaching
    }

    package let id: ENIID
    package var mac: MACAddress
    package var deviceIndex: Int
    package var networkCard: Int
    package var subnet: SubnetID
    package var isPrimary: Bool
    /// Its own address, which is not for pods.
    package var primaryAddress: IPAddress?
    package var primaryIPv6Address: IPAddress?
    /// The networks of its subnet.
    package var subnetPrefix: IPPrefix?
    package var subnetIPv6Prefix: IPPrefix?
    package var role: Role
    package var status: Status
    /// When it was first seen.
    package var seen: Moment
    /// How many looks in a row have not shown it.
    package var absences = 0
    /// Whether it is about to be deleted: nothing of it is handed out.
    package var isLeaving = false
    /// What is wrong with its link or routes; nothing is handed out until that is repaired.
    package var defect: String?
    package internal(set) var blocks: [Block] = []
    /// How many attachments have an address of it.
    package internal(set) var assignedCount = 0
    /// How many of its addresses are cooling or held.
    package internal(set) var restingCount = 0

    package init(
        id: ENIID, mac: MACAddress, deviceIndex: Int, networkCard: Int = 0, subnet: SubnetID,
        isPrimary: Bool = false, primaryAddress: IPAddress? = nil, role: Role = .pool,
        status: Status = .attached, seen: Moment
    ) {
        self.id = id
        self.mac = mac
        self.deviceIndex = deviceIndex
        self.networkCard = networkCard
        self.subnet = subnet
        self.isPrimary = isPrimary
        self.primaryAddress = primaryAddress
        self.role = role
        self.status = status
        self.seen = seen
    }

    /// Whether its addresses may be handed out now.
    package var givesAddresses: Bool {
        role == .pool && status == .attached && !isLeaving && absences == 0 && defect == nil
    }

    /// Whether nobody has or may still have an address of it.
    package var isIdle: Bool { assignedCount == 0 && restingCount == 0 }

    /// How many IPv4 addresses are free, whether or not they may be handed out now.
    package var freeCount: Int {
        blocks.reduce(0) { $0 + ($1.isWithdrawn || $1.absences > 0 ? 0 : $1.freeCount) }
    }

    /// How many IPv4 addresses it has for pods, in any state.
    package var totalCount: Int { blocks.reduce(0) { $0 + ($1.isForeign || $1.isWithdrawn ? 0 : $1.size) } }

    /// How many of its IPv4 slots are taken, its own address among them.
    package var usedSlots: Int { 1 + blocks.count { $0.prefix.family == .v4 } }

    package var hasIPv6: Bool {
        blocks.contains { $0.prefix.family == .v6 && !$0.isWithdrawn && $0.absences == 0 }
    }

    /// The place of the block that an address is in.
    func block(of address: IPAddress) -> Int? { blocks.firstIndex { $0.prefix.contains(address) } }
}
