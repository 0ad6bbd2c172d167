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
        let host: (handle: NamespaceFinder.Handle, identity: NetworkNamespace.Identity)
        do throws(NamespaceError) {
            host = try NamespaceFinder.current()
        } catch {
            throw NetlinkError(error)
        }
        finder.isNew(host.identity)
        finder.find(self)
        let own = Node.Namespace(node.name, origin: .host, identity: host.identity)
        var open = [try OpenNamespace(host.handle, own)]
        for found in finder.found {
            do throws(NetlinkError) {
                open.append(try OpenNamespace(found.open, found.namespace))
            } catch {
                finder.notes.append("namespace \(found.namespace.name): \(error)")
            }
        }
        node.namespaces = open.map(\.content)
        node.connections = PeerMatching.connections(of: open, &finder.notes)
        node.masquerades = Masquerading.read(&finder.notes)
        node.notes = finder.notes
        return node
    }

    private static var hostName: String {
        let bytes = (try? File.read("/proc/sys/kernel/hostname")) ?? []
        let name = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        return name.isEmpty ? "host" : name
    }
}
