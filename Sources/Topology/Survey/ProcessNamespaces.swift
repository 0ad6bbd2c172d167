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
    /// The names, without folders, at which processes that cannot be asked have network namespaces.
    private var names: Set<String> = []
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
                if !error.meansNoProcess, !findNames(process) { isComplete = false }
            }
        }
        return isComplete
    }

    /// Finds out where a process has network namespaces, if it says only that; returns whether it does.
    ///
    /// See proc_pid_mountinfo(5): the fourth word is `net:[NUMBER]`, and the fifth where it is.
    private mutating func findNames(_ process: Int32) -> Bool {
        guard let content = try? File.read("/proc/\(process)/mountinfo", limit: 1 << 24) else { return false }
        for line in content.split(separator: UInt8(ascii: "\n")) {
            let words = line.split(separator: UInt8(ascii: " "))
            guard words.count > 4, words[3].starts(with: "net:[".utf8) else { continue }
            names.insert(Self.lastName(of: String(decoding: words[4], as: UTF8.self)))
        }
        return true
    }

    private static func lastName(of path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? ""
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
        if let process { return "process \(process) sees it there" }
        return names.contains(Self.lastName(of: path)) ? "a process seems to see it there" : nil
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
        (try? FileStatus(of: "/proc/self/ns/pid").identity.inode) == 0xefff_fffc
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
