// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// A client's part of DHCPv4 (RFC 2131) or of DHCPv6 (RFC 8415) for one interface: from the search to the end of the lease.
///
/// It has neither clock nor socket: times come in, in milliseconds of one clock, and what is to be done comes out. Call
/// ``advance(to:)`` when ``deadline`` has come, and ``receive(_:at:)`` or ``receive(_:from:at:)`` for each message.
public struct LeaseMachine: Sendable {
    /// What a message is for, in both protocols.
    enum Purpose {
        case search
        case request(LeaseServer, IPAddress)
        case renew(DHCPLease)
        case rebind(DHCPLease)
        case release(DHCPLease)
        case decline(DHCPLease, String)
    }

    private enum State {
        case selecting
        case requesting(server: LeaseServer, address: IPAddress, until: Int64)
        case probing(DHCPLease, until: Int64)
        case bound(DHCPLease)
        case renewing(DHCPLease)
        case rebinding(DHCPLease)
        case released
    }

    let client: Client
    private let patience: Patience
    private var state = State.selecting
    private(set) var transaction: UInt32
    private var generator: any RandomNumberGenerator & Sendable
    /// When the present exchange began, for `secs` of messages.
    private(set) var began: Int64
    /// When what a lease answers was asked for first: its times count from there.
    private(set) var asked: Int64
    private var wait: Int64 = 0
    /// The address that is asked for in the search: one that was held before.
    private(set) var wanted: IPAddress?
    /// Whether no other address than ``wanted`` will do: the container has had it, and everybody knows it by that.
    private var insists: Bool
    /// How many addresses of this search others had.
    private var declines = 0
    /// What went wrong last, in words for people; nil if nothing has.
    public private(set) var problem: String?
    /// When ``advance(to:)`` is to be called next; nil for never.
    public private(set) var deadline: Int64?

    /// Begins a search.
    ///
    /// - Parameters:
    ///   - wanted: An address to ask for, such as one of a lease that is over.
    ///   - insists: Whether offers of other addresses are left alone.
    public init(
        _ client: Client, at now: Int64, wanted: IPAddress? = nil, insists: Bool = false,
        patience: Patience = Patience(),
        generator: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) {
        self.client = client
        self.patience = patience
        self.generator = generator
        self.wanted = wanted
        self.insists = insists
        transaction = 0
        began = now
        asked = now
        deadline = now
        begin(at: now)
    }

    /// Goes on with a lease that was held before, such as by an earlier run of the program.
    public init(
        _ client: Client, holding lease: DHCPLease, at now: Int64, patience: Patience = Patience(),
        generator: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) {
        self.init(client, at: now, wanted: lease.address.address, patience: patience, generator: generator)
        hold(lease)
    }

    /// The lease that is held.
    public var lease: DHCPLease? {
        switch state {
        case .bound(let lease), .renewing(let lease), .rebinding(let lease): lease
        default: nil
        }
    }

    /// The lease that the server has written down for the client: the one that is held, or whose address is asked for on
    /// the network just now.
    public var granted: DHCPLease? { if case .probing(let lease, _) = state { lease } else { lease } }

    /// Does what is due.
    public mutating func advance(to now: Int64) -> [Action] {
        guard let deadline, deadline <= now else { return [] }
        switch state {
        case .released: return []
        case .selecting:
            return [send(.search, at: now)]
        case .requesting(let server, let address, let end):
            if end <= now {
                problem = "server \(server.address) offers \(address) and does not answer the request for it"
                begin(at: now)
                return advance(to: now)
            }
            let action = send(.request(server, address), at: now)
            self.deadline = min(self.deadline ?? end, end)
            return [action]
        case .probing(let lease, let end):
            self.deadline = end
            return end <= now ? use(lease, at: now) : []
        case .bound(let lease), .renewing(let lease), .rebinding(let lease):
            return renew(lease, at: now)
        }
    }

    private mutating func renew(_ lease: DHCPLease, at now: Int64) -> [Action] {
        if let end = lease.end, end <= now {
            problem = "no server has renewed the lease of \(lease.address.address)"
            lose(lease, at: now)
            return [.stop(lease)] + advance(to: now)
        }
        let isRebinding = lease.rebindingTime <= now
        if case .bound = state { newExchange(at: now) }
        state = isRebinding ? .rebinding(lease) : .renewing(lease)
        let action = send(isRebinding ? .rebind(lease) : .renew(lease), at: now)
        // RFC 2131 section 4.4.5: half of what is left, at least a minute apart; the next stage comes in time.
        let next = isRebinding ? lease.end ?? Int64.max : lease.rebindingTime
        deadline = min(next, now + max((next - now) / 2, 60_000))
        return [action]
    }

    /// Takes what a server says in the present exchange.
    mutating func take(_ answer: LeaseAnswer, at now: Int64) -> [Action] {
        switch (state, answer.kind) {
        case (.selecting, .offer):
            guard let server = answer.server, server.address.isOneHost, answer.address.isOneHost else {
                problem = "an offer of \(answer.address), which no interface can have, or of no server"
                return []
            }
            if insists, answer.address != wanted {
                problem = "server \(server.address) offers \(answer.address), another address than before"
                return []
            }
            state = .requesting(
                server: server, address: answer.address, until: now + max(patience.offer, 100))
            wait = 0
            asked = now
            let action = send(.request(server, answer.address), at: now)
            deadline = min(deadline ?? Int64.max, now + max(patience.offer, 100))
            return [action]
        case (.selecting, .acknowledgement) where answer.isRapid:
            guard let lease = answer.lease, !insists || lease.address.address == wanted else { return [] }
            return accept(lease, at: now)
        case (.requesting(let server, let address, _), .acknowledgement):
            guard let lease = answer.lease, answer.server == server, lease.address.address == address else {
                problem =
                    "server \(server.address) offers \(address), and then gives something else or nothing"
                return []
            }
            return accept(lease, at: now)
        case (.requesting(let server, _, _), .refusal):
            guard answer.server.map({ $0 == server }) ?? true else { return [] }
            problem = "server \(server.address) offers an address and refuses it\(answer.reason)"
            if !insists { wanted = nil }
            begin(at: now)
            // Not at once: a server that offers and refuses would be asked without end.
            deadline = now + patience.first
            return []
        case (.renewing(let held), .acknowledgement), (.rebinding(let held), .acknowledgement):
            guard let lease = answer.lease, lease.address.address == held.address.address else {
                problem = "a renewal of \(held.address.address) that gives something else or nothing"
                return []
            }
            return use(lease, at: now)
        case (.renewing(let held), .refusal), (.rebinding(let held), .refusal):
            problem = "the lease of \(held.address.address) is refused\(answer.reason)"
            lose(held, at: now)
            return [.stop(held)] + advance(to: now)
        case (.selecting, .nothing), (.requesting, .nothing), (.renewing, .nothing), (.rebinding, .nothing):
            if let server = answer.server {
                problem = "server \(server.address) gives no address\(answer.reason)"
            }
            return []
        default: return []
        }
    }

    /// A server has given an address: it is used, once nobody on the network is known to have it.
    private mutating func accept(_ lease: DHCPLease, at now: Int64) -> [Action] {
        if patience.probe <= 0 { return use(lease, at: now) }
        let end = now + patience.probe
        state = .probing(lease, until: end)
        deadline = end
        return [.probe(lease)]
    }

    /// Takes that somebody else has the address which was asked for by ``Action/probe(_:)``: it is declined, and the search
    /// begins again.
    ///
    /// At once after the first one, for somebody waits for the container; ten seconds after each other one, so that a server
    /// and a client do not go round in circles (RFC 2131 section 3.1 step 5).
    ///
    /// - Parameter owner: Who has it, such as a MAC address.
    public mutating func conflict(with owner: some CustomStringConvertible, at now: Int64) -> [Action] {
        guard case .probing(let lease, _) = state else { return [] }
        let address = lease.address.address
        let text = "\(address) is in use already, by \(owner)"
        problem = "server \(lease.server) gives \(address), which \(owner) uses already"
        newExchange(at: now)
        let decline = message(.decline(lease, text), at: now)
        if !insists { wanted = nil }
        begin(at: now)
        declines += 1
        if declines > 1 { deadline = now + patience.declined }
        return [decline] + advance(to: now)
    }

    /// Gives the lease back, if there is one, and ends.
    public mutating func release(at now: Int64) -> [Action] {
        defer {
            state = .released
            deadline = nil
        }
        guard let lease = granted else { return [] }
        newExchange(at: now)
        return [message(.release(lease), at: now)]
    }

    /// A lease of a second or none is renewed once a second: a server's word does not keep the processor busy.
    private mutating func use(_ lease: DHCPLease, at now: Int64) -> [Action] {
        hold(lease)
        problem = nil
        declines = 0
        deadline = deadline.map { max($0, now + 1000) }
        return [.use(lease)]
    }

    /// The container's address must not be used any more; it is searched for, and no other one.
    private mutating func lose(_ lease: DHCPLease, at now: Int64) {
        wanted = lease.address.address
        insists = true
        begin(at: now)
    }

    private mutating func hold(_ lease: DHCPLease) {
        state = .bound(lease)
        wanted = lease.address.address
        wait = 0
        deadline = lease.duration == nil ? nil : lease.renewalTime
    }

    private mutating func begin(at now: Int64) {
        newExchange(at: now)
        state = .selecting
        deadline = now
    }

    private mutating func newExchange(at now: Int64) {
        transaction = UInt32.random(in: .min ... .max, using: &generator)
        began = now
        asked = now
        wait = 0
    }

    /// A message, with the time of the next one.
    private mutating func send(_ purpose: Purpose, at now: Int64) -> Action {
        let action = message(purpose, at: now)
        wait = min(wait == 0 ? patience.first : wait * 2, patience.most)
        // A second more or less, so that clients that began together do not ask together (RFC 2131 section 4.1).
        deadline = now + max(wait + Int64.random(in: -1000...1000, using: &generator), 100)
        return action
    }

    private func message(_ purpose: Purpose, at now: Int64) -> Action {
        client.family == .v4 ? message4(purpose, at: now) : message6(purpose, at: now)
    }
}
