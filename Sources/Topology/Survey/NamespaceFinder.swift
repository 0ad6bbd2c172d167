// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import LinuxCore
internal import Namespaces

/// Finds namespaces, each once, however it is found.
///
/// Only one is open at a time: there may be more of them than descriptors.
struct NamespaceFinder {
    /// Gets each namespace that is found, as long as it is open.
    typealias Visitor = (borrowing NetworkNamespace, Node.Namespace, _ path: String) -> Void

    private(set) var notes: [String] = []
    /// Whether it was looked for processes, and none was refused.
    private(set) var hasSeenAllProcesses = false
    private var known: Set<Key> = []
    /// The same namespaces by a file that each has of its own below /proc, which may be looked at where `ns/net` may not.
    private var knownByStatistics: Set<Key> = []

    /// Which file a namespace is.
    private struct Key: Hashable {
        let device: UInt64
        let inode: UInt64
    }

    /// Remembers a namespace; returns whether it was new.
    @discardableResult
    mutating func isNew(_ identity: NetworkNamespace.Identity) -> Bool {
        known.insert(Key(device: identity.device, inode: identity.inode)).inserted
    }

    /// Finds what a survey asks for, in the order in which names are worth more.
    mutating func find(_ survey: Survey, _ visit: Visitor) {
        for place in survey.places { add(place.path, place.name, .named(path: place.path), visit) }
        for folder in survey.folders { find(in: folder, visit) }
        if survey.includesProcesses { findProcesses(visit) }
    }

    private mutating func find(in folder: String, _ visit: Visitor) {
        do throws(SystemError) {
            for name in try Directory.names(in: folder) {
                add("\(folder)/\(name)", name, .named(path: "\(folder)/\(name)"), visit)
            }
        } catch {
            if error.errno != ENOENT { notes.append(error.description) }
        }
    }

    private mutating func findProcesses(_ visit: Visitor) {
        let names: [String]
        do throws(SystemError) {
            names = try Directory.names(in: "/proc")
        } catch {
            return notes.append(error.description)
        }
        var refused: [Int32] = []
        knownByStatistics.formUnion(Self.statistics(of: "thread-self").map { [$0] } ?? [])
        for process in names.compactMap({ Int32($0) }).sorted() {
            let path = "/proc/\(process)/ns/net"
            do throws(SystemError) {
                let status = try FileStatus(of: path).identity
                if known.contains(Key(device: status.device, inode: status.inode)) { continue }
            } catch {
                if !error.meansNoProcess { refused.append(process) }
                continue
            }
            let command = Self.command(of: process)
            add(path, "\(command) (\(process))", .process(process, command: command), visit)
            knownByStatistics.formUnion(Self.statistics(of: "\(process)").map { [$0] } ?? [])
        }
        // Of one that is in a namespace which others are in, too, nothing is missed.
        refused.removeAll { Self.statistics(of: "\($0)").map(knownByStatistics.contains) ?? false }
        hasSeenAllProcesses = refused.isEmpty
        if !refused.isEmpty {
            let whose = refused.count == 1 ? "a process" : "\(refused.count) processes"
            notes.append("network namespace of \(whose): Permission denied")
        }
    }

    private static func statistics(of process: String) -> Key? {
        guard let identity = try? FileStatus(of: "/proc/\(process)/net/dev").identity else { return nil }
        return Key(device: identity.device, inode: identity.inode)
    }

    private static func command(of process: Int32) -> String {
        let bytes = (try? File.read("/proc/\(process)/comm")) ?? []
        let name = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        return name.isEmpty ? "process" : name
    }

    private mutating func add(
        _ path: String, _ name: String, _ origin: Node.Namespace.Origin, _ visit: Visitor
    ) {
        do throws(NamespaceError) {
            let namespace = try NetworkNamespace(path: path)
            let identity = try namespace.identity
            guard isNew(identity) else { return }
            visit(namespace, Node.Namespace(name, origin: origin, identity: identity), path)
        } catch .gone {
            return
        } catch {
            notes.append(error.description)
        }
    }
}

extension SystemError {
    /// Whether a process that was looked at below /proc has ended meanwhile.
    var meansNoProcess: Bool { self.errno == ENOENT || self.errno == ESRCH }
}
