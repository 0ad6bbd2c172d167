// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Netlink

extension NetworkSession {
    /// Does steps one by one, and then `body`; when one fails, takes back those that were done, newest first.
    ///
    /// Steps next to each other go to the kernel together. Throws the first failure, and with it what could not
    /// be taken back.
    public func apply<Value>(
        _ changes: [Change], of state: NetworkState, then body: () throws(StateError) -> Value
    ) throws(StateError) -> Value {
        try holdShared()
        defer { release() }
        let former = try record(changes, of: state)
        let (done, failures) = perform(changes)
        do throws(StateError) {
            if let failure = failures.first { throw failure }
            return try body()
        } catch {
            var error = error
            error.others += undo(done, of: state, restoring: former)
            // Links that are gone have no numbers, and what comes after them in their place has others.
            (indices, known, connected) = (LinkIndices(), KnownLinks(), [])
            throw error
        }
    }

    /// Does steps towards absence: what is gone already is fine, and a failure does not keep the others from
    /// being done.
    ///
    /// Throws the first failure with the others.
    public func remove(_ changes: [Change]) throws(StateError) {
        var failure: StateError?
        func note(_ error: StateError) {
            if failure == nil {
                failure = error
            } else {
                failure?.others.append(error.description)
            }
        }
        var rest = changes[...]
        while let next = rest.first {
            // Elements go in one transaction, which costs the kernel more than they do, or else one by one.
            let elements = rest.prefix(Self.mostElements).prefix { $0.isOfElement && $0.place == next.place }
            let group = elements.isEmpty ? rest.prefix(1) : elements
            rest = rest.dropFirst(group.count)
            let (done, failures) = perform(Array(group))
            if done.isEmpty, group.count > 1 {
                for change in group {
                    if let error = perform([change]).failures.first, !error.meansAbsence { note(error) }
                }
            } else if let error = failures.first, !error.meansAbsence, !next.isRefusedGift(error) {
                note(error)
            }
        }
        if let failure { throw failure }
    }

    /// More may be too large for one transaction (``NFTablesSocket/perform(_:)``).
    private static var mostElements: Int { 256 }

    /// Does steps until one fails, or with `pastFailures` all that can be done; returns those that took effect.
    func perform(
        _ changes: [Change], pastFailures: Bool = false
    ) -> (done: [Change], failures: [StateError]) {
        var done: [Change] = []
        var failures: [StateError] = []
        var run = Run()
        for change in changes {
            if run.isEnded(by: change, knowing: indices) { failures += finish(&run, done: &done) }
            if !failures.isEmpty, !pastFailures { return (done, failures) }
            run.channel = Channel(change)
            do throws(StateError) {
                try add(change, to: &run)
            } catch {
                failures.append(error.located(in: change.socketPlace))
                if !pastFailures { break }
            }
        }
        if failures.isEmpty || pastFailures { failures += finish(&run, done: &done) }
        return (done, failures)
    }

    /// What a step is asked of.
    private enum Channel: Hashable {
        case routing(Place), settings(Place), firewall(Place), tunnels(Place)

        init(_ change: Change) {
            if case .removeRule = change.action {
                self = .firewall(change.place)
                return
            }
            if change.createdTunnel != nil {
                self = .tunnels(change.place)
                return
            }
            switch change.object {
            case .sysctl, .feature: self = .settings(change.place)
            case .firewall: self = .firewall(change.place)
            default: self = .routing(change.socketPlace)
            }
        }
    }

    /// Steps of one channel on their way.
    private struct Run {
        var channel: Channel?
        var changes: [Change] = []
        var batch = Batch()
        /// For each request of the batch the step it belongs to.
        var steps: [Int] = []

        /// Whether the steps so far have to be done before `change` can be asked for: it goes elsewhere, or it
        /// is about a link whose number is known only then.
        func isEnded(by change: Change, knowing indices: LinkIndices) -> Bool {
            guard !changes.isEmpty else { return false }
            guard Channel(change) == channel else { return true }
            // A setting's file goes by the link's name.
            if case .settings = channel { return false }
            // What a link was before has to be known to be done: the kernel goes on past a request that fails.
            switch change.action {
            case .move: return true
            // One that goes down takes its routes with it (fib_disable_ip()): those that were to be put back are off.
            case .modify(.link(let link), _) where link.attributes.isUp == false: return true
            default: break
            }
            guard let link = change.neededLink else { return false }
            return indices[link, in: change.socketPlace] == nil
        }
    }

    private func add(_ change: Change, to run: inout Run) throws(StateError) {
        if case .routing = run.channel {
            try append(change, to: &run.batch)
            run.steps += Array(repeating: run.changes.count, count: run.batch.count - run.steps.count)
        }
        run.changes.append(change)
        for link in change.changedLinks { known.forget(link, in: change.place) }
        // A link of that name that comes after it has another number.
        if let link = change.removedLink { indices[link, in: change.place] = nil }
    }

    private func finish(_ run: inout Run, done: inout [Change]) -> [StateError] {
        defer { run = Run() }
        do throws(StateError) {
            switch run.channel {
            case nil: return []
            case .settings(let place): try write(run.changes, in: place, done: &done)
            case .firewall(let place):
                try performFirewall(run.changes, in: place)
                done += run.changes
                try forgetConnections(after: run.changes, in: place)
            case .tunnels(let place): try makeTunnels(run.changes, in: place, done: &done)
            case .routing(let place): return finish(run, with: try routing(place), done: &done)
            }
            return []
        } catch {
            return [run.changes.first.map { error.located(in: $0.socketPlace) } ?? error]
        }
    }

    private func finish(_ run: Run, with socket: RoutingSocket, done: inout [Change]) -> [StateError] {
        var failures: [StateError] = []
        var isDone = [Bool](repeating: false, count: run.changes.count)
        for (step, outcome) in zip(run.steps, socket.perform(run.batch)) {
            if let outcome {
                failures.append(StateError(outcome).located(in: run.changes[step].socketPlace))
                if outcome.errno == EEXIST, case .create(.rule) = run.changes[step].action {
                    takesRulesForNew = false
                }
            } else {
                // A step of two requests of which one was done has to be taken back, too.
                isDone[step] = true
            }
        }
        for (step, change) in run.changes.enumerated() where isDone[step] { done.append(change) }
        return failures
    }

    private func write(_ changes: [Change], in place: Place, done: inout [Change]) throws(StateError) {
        var written: [Change] = []
        defer { done += written }
        var settings: [Sysctl] = []
        for change in changes { if case .sysctl(let setting) = change.object { settings.append(setting) } }
        try enter(place) { () throws(StateError) in
            let files = try SysctlFile(for: settings)
            for change in changes {
                switch change.action {
                case .create(.sysctl(let setting)), .modify(.sysctl(let setting), _):
                    try files.write(setting)
                    written.append(change)
                case .create(.feature(let feature)), .modify(.feature(let feature), _):
                    try Ethtool.write(feature)
                    written.append(change)
                default: continue  // a setting cannot be removed; it goes with its link
                }
            }
        }
    }

    /// Takes steps back, newest first, and returns what could not be.
    ///
    /// What others may use by now is taken back only while nobody else works on shared objects.
    private func undo(
        _ done: [Change], of state: NetworkState, restoring former: [AttachmentRecord]
    ) -> [String] {
        var problems: [String] = []
        func perform(_ steps: [Change]) {
            for step in steps {
                guard let error = self.perform([step]).failures.first, !error.meansAbsence else {
                    continue
                }
                problems.append("undo: \(error)")
            }
        }
        perform(done.reversed().filter { $0.lifetime == .attachment }.compactMap(\.inverse))
        do throws(StateError) {
            if problems.isEmpty { try restore(former) }
        } catch {
            problems.append("undo: \(error)")
        }
        let shared = done.reversed().filter { $0.lifetime != .attachment }
        let inverses = shared.compactMap(\.inverse)
        if inverses.isEmpty { return problems }
        let made = shared.compactMap { change -> Object.Key? in
            if case .create(let object) = change.action { object.key } else { nil }
        }
        do throws(StateError) {
            guard try tryHoldExclusively() else { return problems }
            try removeShared(of: state, made: made)
        } catch {
            problems.append("undo: \(error)")
        }
        // Links and firewall objects have just gone if nobody uses them, and what is on such a link with them.
        let created = done.compactMap(\.createdLink)
        perform(
            inverses.filter { step in
                switch step.action {
                case .remove(.link), .remove(.firewall): false
                case .remove(let object), .create(let object):
                    object.link.map { !created.contains($0) } ?? true
                default: true
                }
            })
        return problems
    }
}
