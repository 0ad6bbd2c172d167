// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import LinuxCore
internal import Namespaces

/// Collects handles on namespaces, each once, whatever it was found by.
struct NamespaceFinder {
    /// An open namespace, in a class because arrays hold nothing that cannot be copied.
    final class Handle {
        let namespace: NetworkNamespace

        init(_ namespace: consuming NetworkNamespace) { self.namespace = namespace }
    }

    struct Found {
        let open: Handle
        let namespace: Node.Namespace
    }

    private(set) var found: [Found] = []
    var notes: [String] = []
    private var known: Set<Key> = []

    /// Which file a namespace is.
    private struct Key: Hashable {
        let device: UInt64
        let inode: UInt64
    }

    /// The calling thread's namespace.
    static func current() throws(NamespaceError) -> (handle: Handle, identity: NetworkNamespace.Identity) {
        let namespace = try NetworkNamespace.current()
        let identity = try namespace.identity
        return (Handle(namespace), identity)
    }

    /// Remembers a namespace; returns whether it was new.
    @discardableResult
    mutating func isNew(_ identity: NetworkNamespace.Identity) -> Bool {
        known.insert(Key(device: identity.device, inode: identity.inode)).inserted
    }

    mutating func find(_ survey: Survey) {
        for place in survey.places { add(place.path, place.name, .named(path: place.path)) }
        for folder in survey.folders { find(in: folder) }
        if survey.includesProcesses { findProcesses() }
    }

    private mutating func find(in folder: String) {
        do throws(SystemError) {
            for name in try Directory.names(in: folder) {
                add("\(folder)/\(name)", name, .named(path: "\(folder)/\(name)"))
            }
        } catch {
            if error.errno != ENOENT { notes.append(error.description) }
        }
    }

    private mutating func findProcesses() {
        let names: [String]
        do throws(SystemError) {
            names = try Directory.names(in: "/proc")
        } catch {
            return notes.append(error.description)
        }
        var refused = 0
        for process in names.compactMap({ Int32($0) }).sorted() {
            let path = "/proc/\(process)/ns/net"
            do throws(SystemError) {
                let status = try FileStatus(of: path).identity
                if known.contains(Key(device: status.device, inode: status.inode)) { continue }
            } catch {
                // One that has ended meanwhile is no news.
                if error.errno == EACCES || error.errno == EPERM { refused += 1 }
                continue
            }
            let command = Self.command(of: process)
            add(path, "\(command) (\(process))", .process(process, command: command))
        }
        if refused > 0 {
            notes.append("the namespaces of \(refused) processes: Permission denied")
        }
    }

    private static func command(of process: Int32) -> String {
        let bytes = (try? File.read("/proc/\(process)/comm")) ?? []
        let name = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        return name.isEmpty ? "process" : name
    }

    private mutating func add(_ path: String, _ name: String, _ origin: Node.Namespace.Origin) {
        do throws(NamespaceError) {
            let namespace = try NetworkNamespace(path: path)
            let identity = try namespace.identity
            guard isNew(identity) else { return }
            found.append(
                Found(
                    open: Handle(namespace),
                    namespace: Node.Namespace(name, origin: origin, identity: identity)))
        } catch .gone {
            return
        } catch {
            notes.append(error.description)
        }
    }
}
