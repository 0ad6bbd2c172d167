// SPDX-License-Identifier: Apache-2.0

internal import Namespaces
internal import Netlink

extension NetworkSession {
    /// Brings links home that are lent to containers whose namespaces are still there, of attachments whose key `isGoing`
    /// accepts.
    ///
    /// For garbage collection. A record only says where to look: the link is known by its mark, in the namespace that
    /// is at that path by now.
    public func recallLoans(where isGoing: (String) -> Bool) throws(StateError) {
        for record in try attachmentRecords() where isGoing(record.owner) && record.lends {
            guard let path = record.container, let session = try session(at: path, record.plugin) else {
                continue
            }
            let socket = try session.routing(.container)
            let links = try netlink { () throws(NetlinkError) in try socket.links() }
            if links.contains(where: { $0.attributes.alias == record.owner }) {
                try session.takeBack(record.owner)
            }
        }
    }

    /// A session with the namespace at a path; nil if there is none, or if it is the host's own.
    private func session(at path: String, _ plugin: String?) throws(StateError) -> NetworkSession? {
        do throws(NamespaceError) {
            let namespace = try NetworkNamespace(path: path)
            if try namespace.identity == NetworkNamespace.current().identity { return nil }
            return NetworkSession(container: namespace, at: path, plugin: plugin, recordPath: recordPath)
        } catch {
            // Whatever is at that path by now, it is not the container: a path below /proc is soon another process's.
            return nil
        }
    }
}
