// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import CNITypes
internal import LinuxCore
internal import Namespaces
internal import Netlink

/// The network namespaces that processes are in or can see, for those of containers that are not at their paths.
struct ProcessNamespaces {
    /// A container's interface as the kernel has it, and where.
    private struct Interface: Hashable {
        let name: String
        let identity: Identity

        enum Identity: Hashable {
            case mac(MACAddress)
            case address(IPAddress)
        }
    }

    /// A process of each mount namespace and root folder.
    private var views: [Int32] = []
    /// By whom interfaces in other namespaces than the host's were found.
    private var interfaces: [Interface: String] = [:]
    /// Whether there is no process of the machine that could not be looked at.
    private(set) var isComplete = false

    init() {
        var finder = NamespaceFinder()
        if let own = try? NetworkNamespace.current().identity { finder.isNew(own) }
        var isRead = true
        finder.find(Survey()) { namespace, description, _ in
            do throws(NetlinkError) {
                try add(RoutingSocket(in: namespace), description.origin.finder)
            } catch {
                isRead = false
            }
        }
        let hasViews = findViews()
        isComplete = isRead && hasViews && finder.hasSeenAllProcesses && Self.isOfFirstProcessNamespace
    }

    private mutating func add(_ socket: borrowing RoutingSocket, _ finder: String) throws(NetlinkError) {
        var names: [UInt32: String] = [:]
        for link in try socket.links() where link.name != "lo" {
            names[link.index] = link.name
            if let mac = link.attributes.mac {
                interfaces[Interface(name: link.name, identity: .mac(mac))] = finder
            }
        }
        for (index, address) in try socket.addresses() {
            guard let name = names[index] else { continue }
            interfaces[Interface(name: name, identity: .address(address.prefix.address))] = finder
        }
    }

    /// Finds a process for each view of the file system; returns whether all could be looked at.
    private mutating func findViews() -> Bool {
        guard let names = try? Directory.names(in: "/proc") else { return false }
        var known: Set<[UInt64]> = []
        var isComplete = true
        for process in names.compactMap({ Int32($0) }).sorted() {
            do throws(SystemError) {
                let mounts = try FileStatus(of: "/proc/\(process)/ns/mnt").identity
                let root = try FileStatus(of: "/proc/\(process)/root").identity
                if known.insert([mounts.device, mounts.inode, root.device, root.inode]).inserted {
                    views.append(process)
                }
            } catch {
                // One that has ended is no loss.
                if !error.meansNoProcess { isComplete = false }
            }
        }
        return isComplete
    }

    /// Who has a network namespace at the attachment's path.
    ///
    /// A path below /proc is not looked for elsewhere: its numbers mean other processes there.
    func finder(atPathOf trace: AttachmentTrace) -> String? {
        guard let path = trace.namespacePath, path.hasPrefix("/"), !path.hasPrefix("/proc/") else {
            return nil
        }
        let process = views.first { process in
            do throws(NamespaceError) {
                _ = try NetworkNamespace(path: "/proc/\(process)/root\(path)")
                return true
            } catch {
                return false
            }
        }
        return process.map { "process \($0) sees it there" }
    }

    /// Who is in a namespace with the attachment's interface.
    func finder(ofInterfaceOf trace: AttachmentTrace) -> String? {
        let name = trace.attachment.interface.rawValue
        let macs = (trace.result?.interfaces ?? []).filter { $0.name == name && !($0.sandbox ?? "").isEmpty }
            .compactMap(\.macAddress)
        let addresses = (trace.result?.ips ?? []).map(\.address.address)
        let identities = macs.map { Interface.Identity.mac($0) } + addresses.map { .address($0) }
        return identities.lazy.compactMap { interfaces[Interface(name: name, identity: $0)] }.first
    }

    /// Whether this process sees those of the whole machine; the number is the kernel's PROC_PID_INIT_INO.
    private static var isOfFirstProcessNamespace: Bool {
        (try? FileStatus(of: "/proc/self/ns/pid").identity.inode) == 0xeffffffc
    }
}

extension Node.Namespace.Origin {
    fileprivate var finder: String {
        switch self {
        case .host: "it is this one"
        case .named(let path): "it is at \(path)"
        case .process(let number, let command): "process \(number) (\(command)) is in it"
        }
    }
}
