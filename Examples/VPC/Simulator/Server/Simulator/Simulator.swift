// SPDX-License-Identifier: Apache-2.0

public import VPCModel

/// A running simulator: the model with a clock and its observers.
///
/// The servers (``SimulatorService``) and a packet fabric share one.
public actor Simulator {
    private(set) var region: Region
    private let clock: @Sendable () -> Timestamp
    private(set) var log = CallLog()
    private(set) var flows: [Flow] = []
    private var timer: Task<Void, Never>?
    private var observers: [UInt64: AsyncStream<Resources>.Continuation] = [:]
    private var lastObserver: UInt64 = 0
    private var held: [String: [CheckedContinuation<Void, Never>]] = [:]
    private var lastRule = 0
    /// Whether requests need a signature.
    let checksSignatures: Bool
    /// Where each instance's metadata service listens, if it has an address of its own.
    private(set) var metadataEndpoints: [String: String] = [:]

    /// A simulator of an empty region.
    ///
    /// - Parameters:
    ///   - settings: the region, and how fast things happen in it.
    ///   - checksSignatures: whether EC2's endpoint refuses requests without a valid signature.
    ///   - clock: what time it is.
    public init(
        settings: RegionSettings = RegionSettings(), checksSignatures: Bool = true,
        clock: @escaping @Sendable () -> Timestamp = { .system }
    ) {
        self.clock = clock
        self.checksSignatures = checksSignatures
        region = Region(settings: settings, now: clock())
    }

    /// Everything that there is now.
    public var resources: Resources {
        refresh()
        return region.resources
    }

    /// What the region is and how fast things happen in it.
    public var settings: RegionSettings { region.settings }

    /// Everything that there is, now and after each change; a slow reader misses what is outdated.
    public func changes() -> AsyncStream<Resources> {
        lastObserver += 1
        let id = lastObserver
        let (stream, continuation) = AsyncStream.makeStream(
            of: Resources.self, bufferingPolicy: .bufferingNewest(1))
        continuation.yield(resources)
        continuation.onTermination = { _ in Task { await self.forget(observer: id) } }
        observers[id] = continuation
        return stream
    }

    /// Remembers packets that a fabric has seen, for the page.
    public func record(_ seen: [Flow]) {
        flows += seen
        if flows.count > 1000 { flows.removeFirst(flows.count - 500) }
    }

    /// Does something with the region at the present time, and notifies the observers.
    package func update<Answer: Sendable, Failure: Error>(
        _ change: (inout Region, Timestamp) throws(Failure) -> Answer
    ) throws(Failure) -> Answer {
        let sequence = region.resources.sequence
        defer { publish(unless: sequence) }
        let now = clock()
        region.advance(to: now)
        return try change(&region, now)
    }

    /// EC2's time, which may be skewed.
    var skewedTime: Timestamp { clock().adding(milliseconds: region.faults.clockSkew) }

    /// The machine's time.
    var time: Timestamp { clock() }

    func append(_ make: (UInt64) -> CallRecord) { log.append(make) }

    func setMetadataEndpoint(_ address: String, of instance: String) { metadataEndpoints[instance] = address }

    /// A name for a new fault rule.
    func nextRule() -> String {
        lastRule += 1
        return "fault-\(lastRule)"
    }

    /// Waits until a rule is released.
    func hold(_ rule: String) async {
        await withCheckedContinuation { held[rule, default: []].append($0) }
    }

    /// How many calls each rule holds.
    var heldCalls: [String: Int] { held.mapValues(\.count) }

    /// Removes fault rules and lets go of the calls that they hold.
    ///
    /// - Parameter id: the rule; nil is all.
    /// - Returns: whether there was such a rule or held call.
    @discardableResult func release(_ id: String?) -> Bool {
        let rules = region.faults.rules.count
        region.faults.rules.removeAll { id == nil || $0.id == id }
        let waiting = id.map { [$0: held[$0] ?? []] } ?? held
        for (rule, calls) in waiting {
            held[rule] = nil
            for call in calls { call.resume() }
        }
        return region.faults.rules.count != rules || waiting.values.contains { !$0.isEmpty }
    }

    /// What is due by now happens: attachments, instances.
    private func refresh() {
        let sequence = region.resources.sequence
        region.advance(to: clock())
        publish(unless: sequence)
    }

    private func publish(unless sequence: UInt64) {
        if region.resources.sequence != sequence {
            for observer in observers.values { observer.yield(region.resources) }
        }
        timer?.cancel()
        timer = nil
        guard let next = region.nextEvent else { return }
        let wait = max(1, next.milliseconds - clock().milliseconds)
        timer = Task {
            guard (try? await Task.sleep(for: .milliseconds(wait))) != nil else { return }
            self.refresh()
        }
    }

    private func forget(observer: UInt64) { observers[observer] = nil }
}
