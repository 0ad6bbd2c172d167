// SPDX-License-Identifier: Apache-2.0

/// What a plan is made from, beside the pool itself.
package struct PlanInput: Sendable {
    package var targets: Targets
    package var limits: InstanceLimits
    /// Subnets in which ENIs may be made, the one to prefer first.
    package var subnets: [SubnetID]
    /// Containers that wait for an address now.
    package var waiting = 0
    /// Containers that wait for an ENI of their own.
    package var waitingForENI: [ExclusiveRequest] = []
    package var backoffs = Backoffs()
    /// When the pool last grew or shrank: shrinking waits, lest what was just got is given back.
    package var lastChange: Moment?
    /// Whether EC2 may be asked for changes at all (IMDS-only mode, DISABLE_NETWORK_RESOURCE_PROVISIONING).
    package var changesAnything = true
    /// Whether everything is to be given back that nobody uses, because the node is drained.
    package var isDraining = false
    package var now: Moment

    package init(targets: Targets, limits: InstanceLimits, subnets: [SubnetID], now: Moment) {
        self.targets = targets
        self.limits = limits
        self.subnets = subnets
        self.now = now
    }

    /// How long what is too much is kept, as the reference does.
    package static let shrinkDelay = Duration.seconds(30)
    /// How long an ENI may take until its addresses can be handed out.
    package static let settling = Duration.seconds(120)
    /// How old an ENI has to be before it is given back.
    package static let youngENI = Duration.seconds(60)

    /// ENIs that the node may have on card 0, foreign ones among them.
    package var maxENIs: Int {
        max(min(limits.enis - targets.reservedENIs, targets.maxENIs ?? .max), 1)
    }

    /// Whether prefixes are what the pool grows by.
    package var usesPrefixes: Bool { targets.usesPrefixes && limits.takesPrefixes }
}

/// What is to be done now, and when to plan again if nothing happens before.
package struct Plan: Hashable, Sendable {
    package var actions: [Action] = []
    /// Nil if nothing is due by itself.
    package var due: Moment?
    /// Addresses that are missing and cannot be had: the node, its subnets or its limits are full.
    package var unmet = 0

    package init() {}

    mutating func note(due moment: Moment?) {
        guard let moment else { return }
        due = min(due ?? moment, moment)
    }
}
