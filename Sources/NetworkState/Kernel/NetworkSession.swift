// SPDX-License-Identifier: Apache-2.0

internal import LinuxCore
public import Namespaces
internal import Netlink

/// The kernel's side of an attachment: sessions with the host's and with the container's namespace, each opened
/// when it is first needed.
///
/// Belongs to one thread at a time.
public final class NetworkSession {
    private let container: NetworkNamespace?
    /// Where the container's namespace is, for the record of what is lent to it.
    let containerPath: String?
    /// The host's namespace, for links that come back to it.
    private var host: NetworkNamespace?
    /// The folder for records of what has no mark, of all hosts' namespaces.
    let recordPath: String
    /// The plugin whose records these are; nil for agents.
    let plugin: String?
    private var routing = PerPlace<RoutingSocket>()
    private var firewalls = PerPlace<NFTablesSocket>()
    /// The numbers of links known so far.
    var indices = LinkIndices()
    /// The networks of addresses that have been added to links.
    var connected: [ConnectedNetwork] = []
    /// What is known of links and need not be asked for again.
    var known = KnownLinks()
    /// Whether an attachment's rules are taken to be new: the kernel lists all of a family's or none, and refuses those
    /// that are there (EEXIST), after which this is false.
    package var takesRulesForNew = false
    /// Held shared while objects are made, exclusively while unused shared objects go.
    private(set) var lock: FileLock?
    /// Held while something is chosen in the container by what is there.
    private var containerLock: FileLock?

    /// Starts a session between the calling thread's namespace and a container's; nil for one that is gone.
    ///
    /// - Parameters:
    ///   - container: The container's namespace.
    ///   - containerPath: Where that is: a GC looks there for a link that was lent to it.
    ///   - plugin: Which plugin of a chain this is: each has its own record of an attachment.
    ///   - recordPath: The folder for records of what the kernel has no room to mark; /run/swift-cni by default.
    public init(
        container: consuming NetworkNamespace?, at containerPath: String? = nil, plugin: String? = nil,
        recordPath: String? = nil
    ) {
        self.container = container
        self.containerPath = containerPath
        self.plugin = plugin
        self.recordPath = recordPath ?? RecordFolder.usualPath
    }

    /// Whether there is a container to work in.
    public var hasContainer: Bool { containerDescriptor != nil }

    /// The descriptor of the container's namespace.
    var containerDescriptor: CInt? {
        switch container {
        case .some(let namespace): namespace.rawDescriptor
        case nil: nil
        }
    }

    /// The descriptor of a namespace that a link is made in or moved to.
    func namespaceDescriptor(of place: Place) throws(StateError) -> CInt {
        switch place {
        case .container:
            guard let containerDescriptor else { throw StateError(.namespace(Self.noContainer)) }
            return containerDescriptor
        case .host:
            if let descriptor = hostDescriptor { return descriptor }
            do throws(NamespaceError) {
                host = try NetworkNamespace.current()
            } catch {
                throw StateError(.namespace(error))
            }
            return hostDescriptor ?? -1
        }
    }

    private var hostDescriptor: CInt? {
        switch host {
        case .some(let namespace): namespace.rawDescriptor
        case nil: nil
        }
    }

    /// The session with rtnetlink in a namespace.
    func routing(_ place: Place) throws(StateError) -> RoutingSocket {
        if let socket = routing[place] { return socket }
        let socket = try openRouting(place)
        routing[place] = socket
        return socket
    }

    /// Another session with rtnetlink in a namespace.
    func openRouting(_ place: Place) throws(StateError) -> RoutingSocket {
        try netlink { () throws(NetlinkError) in
            switch place {
            case .host: return try RoutingSocket()
            case .container:
                switch container {
                case .some(let namespace): return try RoutingSocket(in: namespace)
                case nil: throw NetlinkError(Self.noContainer)
                }
            }
        }
    }

    /// The session with nf_tables in a namespace.
    func firewall(_ place: Place) throws(StateError) -> NFTablesSocket {
        if let socket = firewalls[place] { return socket }
        let socket = try netlink { () throws(NetlinkError) in
            switch place {
            case .host: return try NFTablesSocket()
            case .container:
                switch container {
                case .some(let namespace): return try NFTablesSocket(in: namespace)
                case nil: throw NetlinkError(Self.noContainer)
                }
            }
        }
        firewalls[place] = socket
        return socket
    }

    /// Runs `body` where /proc/sys/net is that of a namespace.
    func enter<Value>(
        _ place: Place, _ body: () throws(StateError) -> Value
    ) throws(StateError) -> Value {
        guard place == .container else { return try body() }
        switch container {
        case .some(let namespace): return try namespace.run(body)
        case nil: throw StateError(.namespace(Self.noContainer))
        }
    }

    private static let noContainer = NamespaceError.gone(path: "of the container")

    /// Keeps others from removing shared objects, by a flock(2) on the host's namespace itself: it needs no file
    /// of ours and ends with the process.
    func holdShared() throws(StateError) {
        if lock != nil { return }
        do throws(SystemError) {
            lock = try FileLock(path: "/proc/thread-self/ns/net", .shared)
        } catch {
            throw StateError(error)
        }
    }

    /// Waits to be the only one who works on shared objects.
    ///
    /// What was observed before may not hold any more.
    func holdExclusively() throws(StateError) {
        try holdShared()
        do throws(SystemError) {
            switch lock {
            case .some(let lock): try lock.convert(to: .exclusive)
            case nil: return
            }
        } catch {
            throw StateError(error)
        }
    }

    /// Tries to become the only one who works on shared objects; false if another does just now, who will then
    /// do the cleaning at its own end.
    func tryHoldExclusively() throws(StateError) -> Bool {
        try holdShared()
        do throws(SystemError) {
            switch lock {
            case .some(let lock): return try lock.tryConvert(to: .exclusive)
            case nil: return false
            }
        } catch {
            throw StateError(error)
        }
    }

    /// Waits to be the only plugin that chooses something in the container by what is there, such as a routing table, until
    /// the session ends: by a flock(2) on the container's namespace.
    package func holdContainer() throws(StateError) {
        guard containerLock == nil, let containerDescriptor else { return }
        do throws(SystemError) {
            containerLock = try FileLock(path: "/proc/thread-self/fd/\(containerDescriptor)", .exclusive)
        } catch {
            throw StateError(error)
        }
    }

    /// Lets go of the lock on what attachments share.
    package func release() { lock = nil }
}
