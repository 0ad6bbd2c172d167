// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import LinuxCore
internal import Namespaces
public import Netlink

/// Reads a node's network from the kernel.
///
/// What is there at the time: namespaces come and go meanwhile, and those that vanish, or that this process may not
/// enter, become ``Node/notes``. Costs one dump for each kind of object and namespace. Entering other namespaces
/// takes CAP_SYS_ADMIN.
public struct Survey: Sendable {
    /// A namespace to look at that may have no name of its own.
    public struct Place: Hashable, Sendable {
        /// What to call it.
        public var name: String
        /// Where it is: `/proc/PID/ns/net`, `/proc/PID/fd/N` or a file that it is mounted on.
        public var path: String

        /// Creates a place.
        public init(name: String, path: String) {
            self.name = name
            self.path = path
        }
    }

    /// The folders whose files are namespaces with names.
    public var folders = ["/run/netns", "/var/run/netns"]
    /// Whether to look for namespaces that processes are in.
    public var includesProcesses = true
    /// Further namespaces, which come first.
    public var places: [Place] = []

    /// Creates a survey of all that can be found.
    public init() {}

    /// Reads the calling thread's namespace, as the host's, and all others.
    ///
    /// Throws where the host's own links cannot be read; everything else that fails is a note.
    ///
    /// - Parameter name: What to call the node; nil for the machine's host name.
    public func node(named name: String? = nil) throws(NetlinkError) -> Node {
        var node = Node(name: name ?? Self.hostName)
        var finder = NamespaceFinder()
        var read = [try Self.readHost(node.name, &finder)]
        var refused: [String] = []
        finder.find(self) { namespace, description, path in
            do throws(NetlinkError) {
                read.append(try ReadNamespace(RoutingSocket(in: namespace), description, path))
            } catch {
                refused.append("namespace \(description.name): \(error)")
            }
        }
        node.notes = finder.notes + refused
        node.namespaces = read.map(\.content)
        node.connections = PeerMatching.connections(of: read, &node.notes)
        node.masquerades = Masquerading.read(&node.notes)
        node.publishedPorts = PublishedPorts.read(&node.notes)
        return node
    }

    private static func readHost(
        _ name: String, _ finder: inout NamespaceFinder
    ) throws(NetlinkError) -> ReadNamespace {
        let identity: NetworkNamespace.Identity
        do throws(NamespaceError) {
            identity = try NetworkNamespace.current().identity
        } catch {
            throw NetlinkError(error)
        }
        finder.isNew(identity)
        let description = Node.Namespace(name, origin: .host, identity: identity)
        return try ReadNamespace(RoutingSocket(), description, "/proc/thread-self/ns/net")
    }

    private static var hostName: String {
        let bytes = (try? File.read("/proc/sys/kernel/hostname")) ?? []
        let name = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        return name.isEmpty ? "host" : name
    }
}
