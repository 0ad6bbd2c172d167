// SPDX-License-Identifier: Apache-2.0

import CNITypes
public import VPCModel

/// What is asked of a simulator from outside of the cloud.
extension Simulator {
    /// Makes what a document asks for, wholly or not at all.
    ///
    /// - Returns: the identifiers of what has a name, by `kind/name`, such as `subnet/a`.
    /// - Throws: what is wrong with the document, and where.
    @discardableResult public func apply(_ document: SetupDocument) throws(DocumentError) -> [String: String]
    {
        try update { (region, time) throws(DocumentError) in
            try document.apply(to: &region, nextRule: { self.nextRule() }, at: time)
        }
    }

    /// Does a call of EC2's as the administrator, without its time and faults.
    package func perform<Call: Operation>(_ call: Call) throws(EC2Error) -> Call.Answer
    where Call.Answer: Sendable {
        try update { (region, time) throws(EC2Error) in try region.perform(call, at: time) }
    }

    /// Adds a key that requests may be signed with.
    public func add(_ key: AccessKey) {
        update { region, _ in region.access.keys[key.id] = key }
    }

    /// Where an instance's metadata service listens, such as `http://127.0.0.1:40001`; nil if it has no address of its own.
    public func metadataAddress(of instance: String) -> String? { metadataEndpoints[instance] }

    /// Whether nobody could sign a request.
    public var hasNoKeys: Bool { region.access.keys.isEmpty }

    /// Changes what goes wrong, the throttling and the roles' keys.
    public func change(_ change: (inout Region) -> Void) {
        update { region, _ in change(&region) }
    }

    func setFaults(_ document: DocumentFields) throws(DocumentError) {
        try update { (region, time) throws(DocumentError) in
            var copy = region
            try FaultsDocument.apply(document, to: &copy, nextRule: { self.nextRule() }, at: time)
            region = copy
        }
    }

    /// Nothing goes wrong any more; held calls go on.
    func clearFaults() {
        release(nil)
        update { region, _ in
            region.faults = Region().faults
            region.throttle.overrides = [:]
        }
    }

    /// Terminates, reboots, stops or starts an instance.
    func change(instance id: String, to state: String) throws(EC2Error) {
        switch state {
        case "terminate": _ = try perform(TerminateInstances(instances: [id]))
        case "reboot": try perform(RebootInstances(instances: [id]))
        case "stop": _ = try perform(StopInstances(instances: [id]))
        case "start": _ = try perform(StartInstances(instances: [id]))
        default: throw EC2Error("InvalidAction", "expected terminate, reboot, stop or start")
        }
    }
}
