// SPDX-License-Identifier: Apache-2.0

/// A change of an instance's state, as the calls for it answer.
package struct InstanceStateChange: Sendable {
    package let instance: String
    package let previous: Instance.State
    package let current: Instance.State
}

/// A call about instances by their ids, each of which the caller needs to be allowed to touch.
package protocol InstancesOperation: Operation {
    /// Their ids.
    var instances: [String] { get }
}

extension InstancesOperation {
    package func accesses(in resources: Resources) -> [Access] {
        instances.map { .existing($0, Self.action, in: resources) }
    }
}

/// TerminateInstances.
package struct TerminateInstances: InstancesOperation {
    package static let action = "TerminateInstances"

    package var instances: [String]

    package init(instances: [String]) { self.instances = instances }

    package func perform(in region: inout Region) throws(EC2Error) -> [InstanceStateChange] {
        try region.changeStates(of: instances) { (state) throws(EC2Error) in
            switch state {
            case .terminated, .shuttingDown: nil
            default: .shuttingDown
            }
        }
    }
}

/// StopInstances.
package struct StopInstances: InstancesOperation {
    package static let action = "StopInstances"

    package var instances: [String]

    package init(instances: [String]) { self.instances = instances }

    package func perform(in region: inout Region) throws(EC2Error) -> [InstanceStateChange] {
        try region.changeStates(of: instances) { (state) throws(EC2Error) in
            switch state {
            case .running, .pending: .stopping
            case .stopping, .stopped: nil
            default: throw Region.incorrectInstanceState
            }
        }
    }
}

/// StartInstances.
package struct StartInstances: InstancesOperation {
    package static let action = "StartInstances"

    package var instances: [String]

    package init(instances: [String]) { self.instances = instances }

    package func perform(in region: inout Region) throws(EC2Error) -> [InstanceStateChange] {
        try region.changeStates(of: instances) { (state) throws(EC2Error) in
            switch state {
            case .stopped: .pending
            case .running, .pending: nil
            default: throw Region.incorrectInstanceState
            }
        }
    }
}

/// RebootInstances.
package struct RebootInstances: InstancesOperation {
    package static let action = "RebootInstances"

    package var instances: [String]

    package init(instances: [String]) { self.instances = instances }

    package func perform(in region: inout Region) throws(EC2Error) {
        for id in instances {
            guard try region.resources.instance(id).state == .running else {
                throw Region.incorrectInstanceState
            }
            region.resources.instances[id]?.boots += 1
        }
    }
}

extension Region {
    fileprivate static let incorrectInstanceState = EC2Error(
        "IncorrectInstanceState", "The instance is not in a state from which this can be done.")

    /// Changes the state of instances by a rule that says the next one, or nil for no change.
    fileprivate mutating func changeStates(
        of ids: [String], to next: (Instance.State) throws(EC2Error) -> Instance.State?
    ) throws(EC2Error) -> [InstanceStateChange] {
        guard !ids.isEmpty else { throw .missing("InstanceId") }
        var changes: [InstanceStateChange] = []
        for id in ids {
            let previous = try resources.instance(id).state
            let current = try next(previous)
            changes.append(
                InstanceStateChange(instance: id, previous: previous, current: current ?? previous))
            guard let current else { continue }
            resources.instances[id]?.state = current
            switch current {
            case .shuttingDown: schedule(.terminated(instance: id), after: settings.terminationTime)
            case .stopping: schedule(.stopped(instance: id), after: settings.launchTime)
            case .pending:
                resources.instances[id]?.boots += 1
                schedule(.running(instance: id), after: settings.launchTime)
            default: break
            }
        }
        return changes
    }
}
