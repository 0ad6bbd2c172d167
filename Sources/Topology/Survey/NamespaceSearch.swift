// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import Namespaces
internal import Netlink
internal import Synchronization

/// Finds out whether the network namespaces of attachments exist.
///
/// That nothing is at the path is no proof: a runtime may have a mount namespace of its own (systemd's `MountFlags=`,
/// snap, a container), and there the path leads to a namespace that from here is a plain file, or nothing. Proofs that it
/// exists, each enough:
///
/// * There is a network namespace at the path.
/// * A veth of the attachment, by its alias or by the MAC address in the result, has its other end in another namespace. The
///   kernel removes a veth when its peer's namespace goes.
/// * There is one at the path in a mount namespace of some process.
/// * Some process is in a namespace that has the attachment's interface, by MAC address or IP address.
///
/// That it is gone takes one of these:
///
/// * The attachment's other links on the host are here, and its veth is not.
/// * Every process of the machine could be looked at, and none has a part in it.
///
/// Everything else is not known. Looks at the machine once, when it is first needed; to look again takes another search. Is to
/// be asked in the host's network namespace; needs CAP_SYS_ADMIN and CAP_SYS_PTRACE to see everything.
public final class NamespaceSearch: Sendable {
    fileprivate let found = Mutex(Found())

    /// What was found so far.
    fileprivate struct Found {
        var links: Result<HostLinks, NetlinkError>?
        var processes: ProcessNamespaces?
    }

    /// Creates a search that has not looked yet.
    public init() {}

    /// Looks for an attachment's namespace.
    public func standing(of trace: AttachmentTrace) -> NamespaceStanding {
        guard let path = trace.namespacePath else { return unseen(trace, "no path is known") }
        do throws(NamespaceError) {
            _ = try NetworkNamespace(path: path)
            return .exists
        } catch {
            return unseen(trace, error.meansAbsence ? "the path is not visible from here" : "\(error)")
        }
    }

    /// Looks for a namespace that is not at its path.
    private func unseen(_ trace: AttachmentTrace, _ why: String) -> NamespaceStanding {
        found.withLock { found in
            let host: HostLinks
            do throws(NetlinkError) {
                host = try found.hostLinks()
            } catch {
                return .unknown("\(why); \(error)")
            }
            if host.hasLivingLink(of: trace) { return .hidden("\(why); the container's interface exists") }
            let processes = found.processNamespaces()
            let finder = processes.finder(atPathOf: trace) ?? processes.finder(ofInterfaceOf: trace)
            if let finder { return .hidden("\(why); \(finder)") }
            // Without a path, that nothing was found by it says nothing.
            guard trace.namespacePath != nil else { return .unknown(why) }
            if host.hasLostLink(of: trace) || processes.isComplete { return .gone }
            return .unknown("\(why), and not all processes are")
        }
    }
}

extension NamespaceSearch.Found {
    fileprivate mutating func hostLinks() throws(NetlinkError) -> HostLinks {
        if let links { return try links.get() }
        let result: Result<HostLinks, NetlinkError>
        do throws(NetlinkError) {
            result = .success(HostLinks(try RoutingSocket().links()))
        } catch {
            result = .failure(error)
        }
        links = result
        return try result.get()
    }

    fileprivate mutating func processNamespaces() -> ProcessNamespaces {
        if let processes { return processes }
        let all = ProcessNamespaces()
        processes = all
        return all
    }
}
