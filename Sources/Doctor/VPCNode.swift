// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import CNITypes
internal import Glibc
internal import LinuxCore
internal import Netlink
internal import NetworkState

/// What there is of a node whose pods are on a VPC's ENIs: that its configurations name `vpc-eni` says that it is one.
struct VPCNode {
    /// The protocol number of vpc-agent's rules and routes.
    static let routingProtocol = RoutingProtocol(rawValue: 69)
    /// The table of vpc-agent's in nf_tables.
    static let table = NFTables.TableName(.inet, "cni_vpc")

    /// Where the agent listens.
    let sockets: [String]
    /// The rules of both families.
    let rules: [Rule]

    /// nil on a machine without the plugin.
    init?(_ survey: Survey) throws(Obstacle) {
        let plugins = survey.configurations.networks.flatMap(\.plugins).filter {
            $0["type"]?.string == "vpc-eni"
        }
        if plugins.isEmpty { return nil }
        var sockets: [String] = []
        for plugin in plugins {
            let path = plugin["agentSocket"]?.string ?? ""
            let socket = path.isEmpty ? "/run/swift-cni/vpc/agent.sock" : path
            if !sockets.contains(socket) { sockets.append(socket) }
        }
        self.sockets = sockets
        rules = try asking { () throws(NetlinkError) in
            try RoutingSocket().rules(.v4) + RoutingSocket().rules(.v6)
        }
    }

    /// Whether the plugin or the agent has made a rule.
    static func isOurs(_ rule: Rule) -> Bool {
        rule.protocol == routingProtocol || rule.protocol == Ownership.routingProtocol
    }

    /// The rules that lead by the table of an ENI.
    var leading: [Rule] {
        // The kernel's own: main, default, local.
        rules.filter { Self.isOurs($0) && ![253, 254, 255].contains($0.table) }
    }
}

extension Survey {
    /// Whether somebody listens on a socket; false if it is not there, or is a dead one's.
    func answers(_ path: String) throws(Obstacle) -> Bool {
        do throws(SystemError) {
            let descriptor = try systemCall("socket") {
                Glibc.socket(
                    AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
            }
            let own = OwnedFileDescriptor(adopting: descriptor)
            try LocalSocket(path: path).connect(own.rawValue)
            return true
        } catch  where error.errno == EAGAIN {
            return true  // a full queue is somebody's (unix(7))
        } catch  where [ENOENT, ECONNREFUSED, ENOTDIR, ENOTSOCK, ENAMETOOLONG].contains(error.errno) {
            return false
        } catch {
            throw Obstacle(error)
        }
    }

    /// The numbers of the processes of that name, cut to the 15 bytes that the kernel keeps (proc_pid_comm(5)).
    func processes(named name: String) throws(Obstacle) -> [String] {
        let all = try looking { () throws(SystemError) in try Directory.names(in: machine.proc) } ?? []
        var found: [String] = []
        for process in all where process.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            // One that ends meanwhile has no name.
            if let lines = try? text("\(process)/comm"), lines.first == String(name.prefix(15)) {
                found.append(process)
            }
        }
        return found
    }

    /// Whether there is a file, below the machine's root.
    func hasFile(_ path: String) -> Bool { access("\(machine.root)\(path)", F_OK) == 0 }
}
