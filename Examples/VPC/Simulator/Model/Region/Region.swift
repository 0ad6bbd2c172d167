// SPDX-License-Identifier: Apache-2.0

/// One account in one region: the whole model.
///
/// A value without a clock, without input and output: ``perform(_:by:dryRun:at:)`` is given the time, and what takes time is
/// brought up to date by ``advance(to:)``.
public struct Region: Sendable {
    /// What it is and how fast things happen.
    public package(set) var settings: RegionSettings
    /// Everything that there is now.
    public internal(set) var resources = Resources()
    /// What goes wrong on purpose.
    public var faults = Faults() {
        didSet { history.keep(max(faults.describeLag, faults.metadataLag), of: resources, at: now) }
    }
    /// The token buckets.
    public var throttle = Throttle()
    /// The keys and roles.
    public var access = AccessControl()
    /// The time of the last call or advance.
    public internal(set) var now = Timestamp(milliseconds: 0)

    package var random: Randomness
    var history = History()
    var pending: [PendingEvent] = []
    var lastSerial: UInt64 = 0
    var clientTokens: [String: ClientTokenUse] = [:]
    var metadataTokens: [String: MetadataToken] = [:]

    /// A region without any resources.
    public init(settings: RegionSettings = RegionSettings(), now: Timestamp = Timestamp(milliseconds: 0)) {
        self.settings = settings
        self.now = now
        random = Randomness(seed: settings.seed)
    }

    /// What Describe calls see: what was there a while ago, if that is asked for.
    public var described: Resources { history.view(faults.describeLag, before: now, else: resources) }

    /// What the metadata services see, without the interfaces that they are to hide.
    public var metadataView: Resources {
        var view = history.view(faults.metadataLag, before: now, else: resources)
        for id in faults.hiddenInterfaces { view.interfaces[id] = nil }
        return view
    }

    /// Does one call, wholly or not at all.
    ///
    /// - Parameters:
    ///   - operation: the call with its parameters.
    ///   - principal: who calls.
    ///   - dryRun: whether it only asks if it would be admitted.
    ///   - time: what time it is.
    /// - Throws: what EC2 answers, `DryRunOperation` for a dry run that would have been admitted.
    package mutating func perform<Call: Operation>(
        _ operation: Call, by principal: Principal = .administrator, dryRun: Bool = false, at time: Timestamp
    ) throws(EC2Error) -> Call.Answer {
        advance(to: time)
        try throttle.take(operation.name, isBroad: operation.isBroad, at: now)
        for access in operation.accesses(in: resources) { try authorize(access, for: principal) }
        if dryRun {
            throw EC2Error("DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
        }
        let before = resources
        do throws(EC2Error) {
            let answer = try operation.perform(in: &self)
            if !Call.isReadOnly { commit() }
            return answer
        } catch {
            resources = before
            throw error
        }
    }

    private func authorize(_ access: Access, for principal: Principal) throws(EC2Error) {
        guard let policy = principal.policy else { return }
        let resource = settings.arn(access.resource)
        let verdict = policy.verdict(on: access, resource: resource)
        if verdict == .allowed { return }
        let reason =
            verdict == .denied
            ? "with an explicit deny in an identity-based policy"
            : "because no identity-based policy allows the ec2:\(access.action) action"
        let place = access.resource == "*" ? "" : " on resource: \(resource)"
        throw EC2Error(
            "UnauthorizedOperation",
            "You are not authorized to perform this operation. User: \(principal.name) is not authorized to perform: "
                + "ec2:\(access.action)\(place) \(reason)")
    }

    mutating func commit() {
        resources.sequence += 1
        history.record(resources, at: now)
    }

    mutating func serial() -> UInt64 {
        lastSerial += 1
        return lastSerial
    }
}
