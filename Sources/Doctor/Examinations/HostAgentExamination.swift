// SPDX-License-Identifier: Apache-2.0

internal import LinuxCore

/// Whether a program of the host's is set up to write the routes and rules of ENIs.
struct HostAgentExamination: Examination {
    let id = "eni-host-agent"
    let healthy = "no other program writes the routes and rules of ENIs"

    /// What shows that a program is switched on, and how it is switched off.
    private static let programs: [(name: String, files: [String], remedy: String)] = [
        (
            "nm-cloud-setup",
            [
                "/etc/systemd/system/timers.target.wants/nm-cloud-setup.timer",
                "/etc/systemd/system/NetworkManager.service.wants/nm-cloud-setup.service",
                "/etc/systemd/system/network.target.wants/nm-cloud-setup.service",
            ], "systemctl disable --now nm-cloud-setup.timer nm-cloud-setup.service"
        ),
        (
            "amazon-ec2-net-utils",
            [
                "/usr/lib/udev/rules.d/99-vpc-policy-routes.rules",
                "/etc/udev/rules.d/53-ec2-network-interfaces.rules",
            ], "ln -s /dev/null /etc/udev/rules.d/99-vpc-policy-routes.rules"
        ),
    ]

    func findings(in survey: Survey) throws(Obstacle) -> [Finding] {
        if try VPCNode(survey) == nil { return [] }
        var findings: [Finding] = []
        for program in Self.programs {
            // A rule of udev's is masked by a link to /dev/null of the same name.
            guard let file = program.files.first(where: { survey.hasFile($0) && !isMasked($0, survey) })
            else {
                continue
            }
            findings.append(
                Finding(
                    id, .warning, "\(program.name) is switched on",
                    "It makes routes and rules for ENIs that appear, with addresses of pods among them. "
                        + "\(file) shows it.", remedy: program.remedy))
        }
        if try !survey.processes(named: "systemd-networkd").isEmpty,
            let keys = try unmanagedKeysMissing(survey), !keys.isEmpty
        {
            findings.append(
                Finding(
                    id, .warning, "systemd-networkd removes rules and routes that are not its own",
                    "When it is restarted, such as by an update, it takes those of ENIs and pods away (networkd.conf(5)). "
                        + "\(keys.joined(separator: " and ")) \(keys.count == 1 ? "is" : "are") not switched off.",
                    remedy: "sh -c 'mkdir -p /etc/systemd/networkd.conf.d; printf \"[Network]\\n"
                        + keys.map { "\($0)=no\\n" }.joined()
                        + "\" > /etc/systemd/networkd.conf.d/50-vpc.conf; systemctl restart systemd-networkd'"
                ))
        }
        return findings
    }

    private func isMasked(_ file: String, _ survey: Survey) -> Bool {
        guard let name = file.split(separator: "/").last, file.hasPrefix("/usr/lib/udev/") else {
            return false
        }
        return survey.hasFile("/etc/udev/rules.d/\(name)")
    }

    /// The keys of networkd that let it remove others' rules and routes.
    private func unmanagedKeysMissing(_ survey: Survey) throws(Obstacle) -> [String]? {
        var keys = ["ManageForeignRoutingPolicyRules": true, "ManageForeignRoutes": true]
        var files: [String: String] = [:]
        for folder in ["/usr/lib", "/run", "/etc"] {
            let path = "\(survey.machine.root)\(folder)/systemd/networkd.conf.d"
            let names = try looking { () throws(SystemError) in try Directory.names(in: path) } ?? []
            for name in names where name.hasSuffix(".conf") { files[name] = "\(path)/\(name)" }
        }
        // Drop-ins come after the main file, sorted by name; of one name that of /etc counts (systemd.syntax(7)).
        let drops = files.sorted { $0.key < $1.key }.map(\.value)
        for path in ["\(survey.machine.root)/etc/systemd/networkd.conf"] + drops {
            let content = try looking { () throws(SystemError) in try File.read(path, limit: 1 << 20) } ?? []
            for line in content.split(separator: 10) {
                let parts = String(decoding: line, as: UTF8.self).filter { $0 != " " && $0 != "\t" }
                    .split(separator: "=", maxSplits: 1)
                guard parts.count == 2, keys[String(parts[0])] != nil else { continue }
                keys[String(parts[0])] = ["yes", "true", "on", "1"].contains(parts[1].lowercased())
            }
        }
        return keys.filter(\.value).map(\.key).sorted()
    }
}
