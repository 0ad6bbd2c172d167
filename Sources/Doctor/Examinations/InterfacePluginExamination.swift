// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import Glibc
internal import Namespaces
internal import Netlink

/// Whether the host has what configured interface plugins need: the kernel their kinds of links, and the links below.
struct InterfacePluginExamination: Examination {
    let id = "interface-plugins"
    let healthy = "the host has what the configured interface plugins need"

    /// The plugins that make links of a kind, the kind's module, and whether they rest on a `master`.
    private static let kinds: [(type: String, module: String, hasMaster: Bool)] = [
        ("macvlan", "macvlan", true), ("ipvlan", "ipvlan", true), ("vlan", "8021q", true),
        ("dummy", "dummy", false),
    ]

    func findings(in survey: Survey) throws(Obstacle) -> [Finding] {
        var findings: [Finding] = []
        let links = try survey.links()
        for network in survey.configurations.networks {
            for plugin in network.plugins {
                let type = plugin["type"]?.string ?? ""
                if let kind = Self.kinds.first(where: { $0.type == type }) {
                    if let error = try refusal(of: kind.type) {
                        findings.append(
                            Finding(
                                id, .problem, "the kernel has no links of kind \(kind.type)",
                                "The network \(network.name) needs them. The kernel says: \(error).",
                                remedy: "modprobe \(kind.module)"))
                    }
                    let isOnHost = plugin["linkInContainer"]?.bool != true
                    if kind.hasMaster, isOnHost, let master = plugin["master"]?.string, !master.isEmpty,
                        !links.contains(where: { $0.name == master })
                    {
                        findings.append(
                            Finding(
                                id, .problem, "the link \(master) is not there",
                                "Containers of the network \(network.name) rest on it (\(network.path))."))
                    }
                }
                if type == "tap", access("/dev/net/tun", F_OK) != 0 {
                    findings.append(
                        Finding(
                            id, .problem, "/dev/net/tun is not there",
                            "The network \(network.name) makes its links by it.", remedy: "modprobe tun"))
                }
            }
        }
        return findings
    }

    /// What the kernel says of a kind of links that it does not have; nil for one that it has.
    private func refusal(of kind: String) throws(Obstacle) -> NetlinkError? {
        let namespace: NetworkNamespace
        do throws(NamespaceError) {
            namespace = try .anonymous()
        } catch {
            throw Obstacle(error)
        }
        do throws(NetlinkError) {
            try RoutingSocket(in: namespace).perform { $0.addLink("probe0", .other(kind)) }
            return nil
        } catch {
            // A kernel that knows the kind asks for what is missing: a link below, a number.
            return error.errno == EOPNOTSUPP ? error : nil
        }
    }
}
