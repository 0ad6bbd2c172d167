// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import NetworkState

extension StatePlugin {
    /// Takes apart what there is of the attachment, by the marks in the kernel.
    ///
    /// What is gone already is fine; every step is tried. What attachments share stays, for GC.
    public func delete(_ request: Request<Configuration>) throws(CNIError) {
        try request.detach(then: Self.release) { () throws(CNIError) in try removal(request) }
    }

    /// The steps of a deletion, and the session to do them in.
    ///
    /// - Parameters:
    ///   - part: The links and tables that are this plugin's; nil if all of the attachment's are.
    ///   - holdsContainer: Whether no other plugin looks at what attachments share in the container meanwhile.
    func removal(
        _ request: Request<Configuration>, part: NetworkState? = nil, holdsContainer: Bool = false
    ) throws(CNIError) -> (NetworkSession, [Change]) {
        try request.removal(part: part, holdsContainer: holdsContainer) { addresses, previous in
            // A description that cannot be made is as good as none: the marks in the kernel say what is ours.
            try? desiredState(
                for: StateRequest(request, addresses: addresses, previousResult: previous, isAttached: true))
        }
    }

    /// Takes apart an attachment whose configuration cannot be read any more, by the marks alone.
    public static func delete(unreadable request: Request<Void>, _ error: CNIError) throws(CNIError) {
        try request.detach(then: release) { () throws(CNIError) in try request.removal { _, _ in nil } }
    }

    /// Removes what carries the mark of an attachment of this network that is not valid any more, and with the last one
    /// what attachments share.
    public func collect(_ request: NetworkRequest<Configuration>) throws(CNIError) {
        let state = try? desiredState(for: StateRequest(request))
        try request.collect(state, then: Self.releaseAll)
    }

    /// Removes what carries the mark of an attachment that is not valid any more; what attachments share is not known.
    public static func collect(unreadable request: NetworkRequest<Void>, _ error: CNIError) throws(CNIError) {
        try request.collect(nil, then: releaseAll)
    }
}

extension NetworkRequest {
    fileprivate func collect(
        _ state: NetworkState?,
        then release: ([AttachmentReference], NetworkConfiguration) throws(CNIError) -> Void
    ) throws(CNIError) {
        let network = network.name
        let valid = Set(validAttachments.map { $0.key(in: network) })
        let isStale = { (owner: String) in owner.hasPrefix(network.keyPrefix) && !valid.contains(owner) }
        let session = NetworkSession(container: nil, plugin: plugin, recordPath: recordPath)
        var failures = Failures()
        let isFirst = ipam?.needsInterface ?? false
        if isFirst { failures.attempt { () throws(CNIError) in try ipam?.collect() } }
        failures.attempt { () throws(CNIError) in
            try withKernel("cannot collect garbage of network \(network)") { () throws(StateError) in
                try session.recallLoans(where: isStale)
                try session.remove(session.removals(of: isStale, in: state))
                try session.forget(where: isStale)
            }
            try release(self.network.validAttachments ?? [], self.network)
        }
        if !isFirst { failures.attempt { () throws(CNIError) in try ipam?.collect() } }
        if let state, valid.isEmpty {
            failures.attempt { () throws(CNIError) in
                try withKernel("cannot clean up network \(network)") { () throws(StateError) in
                    try session.removeShared(of: state, network: String(network.keyPrefix.dropLast()))
                }
            }
        }
        try failures.raise()
    }
}

extension Request {
    /// Does a deletion, and has the IPAM plugin give the addresses back; each is tried whatever becomes of the other.
    ///
    /// - Parameter release: What the plugin gives back itself, once nothing has it any more.
    fileprivate func detach(
        then release: (Attachment, NetworkConfiguration) throws(CNIError) -> Void,
        _ removal: () throws(CNIError) -> (NetworkSession, [Change])
    ) throws(CNIError) {
        var failures = Failures()
        // A lease may be given back over the interface.
        let isFirst = ipam?.needsInterface ?? false
        if isFirst { failures.attempt { () throws(CNIError) in try ipam?.delete() } }
        failures.attempt { () throws(CNIError) in
            try takeApart(removal())
            try release(attachment, network)
        }
        if !isFirst { failures.attempt { () throws(CNIError) in try ipam?.delete() } }
        try failures.raise()
    }

    /// Does the steps of a deletion, and then forgets the attachment's record.
    func takeApart(_ removal: (session: NetworkSession, steps: [Change])) throws(CNIError) {
        try withKernel("cannot detach \(attachment.key)") { () throws(StateError) in
            try removal.session.remove(removal.steps)
            try removal.session.forget(attachment.key)
        }
    }

    /// The steps of a deletion, by the marks, the record and what the result adds; and the session to do them in.
    ///
    /// - Parameters:
    ///   - part: The links and tables that are this plugin's; nil if all of the attachment's are.
    ///   - holdsContainer: Whether no other plugin looks at what attachments share in the container meanwhile.
    ///   - describing: Makes the description from the addresses and the result; nil if none can be made.
    func removal(
        part: NetworkState? = nil, holdsContainer: Bool = false,
        describing: (CNIResult, CNIResult?) -> NetworkState?
    ) throws(CNIError) -> (NetworkSession, [Change]) {
        let session = session(try openNamespaceIfPresent())
        // A result that cannot be read is as good as none.
        let previous = (try? previousResult) ?? nil
        let evidence = previous.map { ResultEvidence($0, of: self) }
        return try withKernel("cannot look at \(attachment.key)") { () throws(StateError) in
            if holdsContainer { try session.holdContainer() }
            let link = try session.containerLink(interface, owner: attachment.key, evidence: evidence)
            var addresses = previous?.of(self) ?? CNIResult()
            for prefix in link?.isOurs == true ? link?.addresses ?? [] : []
            where !addresses.ips.contains(where: { $0.address == prefix }) {
                addresses.ips.append(CNIResult.IPConfiguration(address: prefix))
            }
            let known =
                link?.isOurs == true ? link.map { CNIResult($0, of: self, after: previous) } : previous
            let steps = try session.detachment(
                of: describing(addresses, known), owner: attachment.key, link: link, evidence: evidence,
                part: part)
            return (session, steps)
        }
    }
}

extension CNIResult {
    /// What the container's own interface says, in place of what a result says of it.
    fileprivate init<Configuration>(
        _ link: ContainerLink, of request: Request<Configuration>, after result: CNIResult?
    ) {
        self = result ?? CNIResult()
        // Addresses go by the number of their interface: this one comes last.
        for index in interfaces.indices where interfaces[index].name == request.interface {
            interfaces[index].name = ""
        }
        interfaces.append(
            Interface(name: request.interface, mac: link.mac?.description, sandbox: request.namespacePath))
    }
}

extension ResultEvidence {
    fileprivate init<Configuration>(_ result: CNIResult, of request: Request<Configuration>) {
        self.init()
        container = result.interface(of: request.interface).map { Link($0) }
        host = result.interfaces.filter { ($0.sandbox ?? "").isEmpty }.map { Link($0) }
        addresses = result.of(request).ips.map(\.address)
    }
}

extension ResultEvidence.Link {
    fileprivate init(_ interface: CNIResult.Interface) {
        self.init(name: interface.name, mac: interface.mac.flatMap { MACAddress($0) })
    }
}

/// The failures of steps that are all tried, as one error.
private struct Failures {
    private var first: CNIError?

    mutating func attempt(_ body: () throws(CNIError) -> Void) {
        do throws(CNIError) {
            try body()
        } catch {
            first = first?.adding(error) ?? error
        }
    }

    /// Throws the first failure with the others in its details, if there was one.
    func raise() throws(CNIError) {
        if let first { throw first }
    }
}
