// SPDX-License-Identifier: Apache-2.0

internal import CNITypes

/// Whether the daemon runs that gets and renews the leases of the network's DHCP server.
struct DHCPDaemonExamination: Examination {
    let id = "dhcp-daemon-not-running"
    let healthy = "the dhcp daemon runs where containers get their addresses by DHCP"

    private static let usualSocket = "/run/cni/dhcp.sock"
    /// Where systemd looks for units of an operator's, and of packages (systemd.unit(5)).
    private static let unitFolders = [
        "/etc/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system",
        "/lib/systemd/system",
    ]

    func findings(in survey: Survey) throws(Obstacle) -> [Finding] {
        var users: [(socket: String, paths: [String])] = []
        for network in survey.configurations.networks {
            for ipam in network.plugins.compactMap({ $0["ipam"] }) where ipam["type"]?.string == "dhcp" {
                let named = ipam["daemonSocketPath"]?.string ?? ""
                let socket = named.isEmpty ? Self.usualSocket : named
                if let index = users.firstIndex(where: { $0.socket == socket }) {
                    if !users[index].paths.contains(network.path) { users[index].paths.append(network.path) }
                } else {
                    users.append((socket, [network.path]))
                }
            }
        }
        var findings: [Finding] = []
        for (socket, paths) in users where try !survey.answers(socket) {
            findings.append(finding(socket, paths, survey))
        }
        return findings
    }

    private func finding(_ socket: String, _ paths: [String], _ survey: Survey) -> Finding {
        let isUsual = socket == Self.usualSocket
        let hasUnit = Self.unitFolders.contains { survey.hasFile("\($0)/dhcp.socket") }
        let mending =
            if isUsual {
                hasUnit
                    ? "dhcp.socket is there, and does not listen."
                    : "`dhcp daemon` has to run: Documentation/DHCP has dhcp.socket and dhcp.service for systemd."
            } else {
                "`dhcp daemon -socketpath \(socket.quoted)` has to run; a dhcp.socket of systemd's needs that path as its "
                    + "ListenStream."
            }
        return Finding(
            id, .problem, "the dhcp daemon does not listen at \(socket)",
            "Used by \(paths.summary), whose new containers get no address (dhcp fails with code 11, and the network is not "
                + "ready). Leases are not renewed: they end at the server, and others get those addresses. \(mending)",
            remedy: isUsual && hasUnit ? "systemctl enable --now dhcp.socket dhcp.service" : nil)
    }
}
