// SPDX-License-Identifier: Apache-2.0

import CNIPlugin
import CNITesting
import Glibc
import LinuxCore
import Testing

/// How the CNI project's bridge plugin masquerades.
enum ReferenceBackend: Sendable {
    /// By iptables-nft(8): chains and rules of nf_tables that iptables knows.
    case iptablesNFT
    /// By iptables-legacy(8).
    case iptablesLegacy
    /// By nft(8), as releases from 1.6 on do.
    case nftables
}

/// The CNI project's bridge and host-local, as programs of the machine.
struct ReferenceBridge {
    static let folder = "/usr/lib/cni"

    let network: TestNetwork
    let backend: ReferenceBackend

    /// A configuration of a version that Debian's release knows.
    var configuration: JSON { network.bridge(version: .v1_0_0) }

    private var path: String {
        get throws {
            let folder = "\(network.dataDir.path)/path"
            try? Directory.create(folder)
            let kind = backend == .iptablesLegacy ? "legacy" : "nft"
            for name in ["iptables", "ip6tables"] {
                symlink("/usr/sbin/\(name)-\(kind)", "\(folder)/\(name)")
            }
            return "\(folder):/usr/sbin:/usr/bin:/sbin:/bin"
        }
    }

    /// Runs the plugin; returns its answer.
    @discardableResult
    func call(
        _ command: Command, _ container: TestContainer, result: JSON? = nil, interface: String = "eth0"
    ) throws -> JSON {
        var configuration = configuration.with(["prevResult": result])
        // Debian's release has no backend but iptables.
        if backend == .nftables { configuration = configuration.with(["ipMasq": false]) }
        let input = "\(network.dataDir.path)/stdin-\(container.id)"
        try File.replace(input, Array(configuration.serialized().utf8), mode: 0o600)
        defer { unlink(input) }
        let words = try [
            "/usr/bin/env", "-i", "PATH=\(path)", "XTABLES_LOCKFILE=\(network.dataDir.path)/xtables.lock",
            "CNI_COMMAND=\(command.rawValue)", "CNI_CONTAINERID=\(container.id)", "CNI_IFNAME=\(interface)",
            "CNI_NETNS=\(container.path)", "CNI_PATH=\(Self.folder)", "\(Self.folder)/bridge",
        ]
        let (status, output) = try network.run { Program.run(words, input: input) }
        guard status == 0 else {
            throw Unexpected(description: "the reference's \(command.rawValue) of \(container.id): \(output)")
        }
        let answer = output.isEmpty ? JSON.null : try JSON(parsing: output)
        if backend == .nftables, command == .add { try masquerade(container, interface, answer) }
        return answer
    }

    /// What the releases with that backend do by nft(8): a rule for each address, and a comment that begins with hashes.
    private func masquerade(_ container: TestContainer, _ interface: String, _ result: JSON) throws {
        let name = "net"
        let hashes =
            "\(SHA512.text(name, digits: 16))-\(SHA512.text("\(interface):\(container.id)", digits: 16))"
        var commands = [
            "add table inet cni_plugins_masquerade", "add chain inet cni_plugins_masquerade masq_checks",
            "add chain inet cni_plugins_masquerade postrouting { type nat hook postrouting priority srcnat ; }",
            "flush chain inet cni_plugins_masquerade postrouting",
            "add rule inet cni_plugins_masquerade postrouting goto masq_checks",
        ]
        for ip in result["ips"]?.array ?? [] {
            let prefix = try #require(ip["address"]?.string.flatMap { IPPrefix($0) })
            let family = prefix.family == .v4 ? "ip" : "ip6"
            commands.append(
                "add rule inet cni_plugins_masquerade masq_checks \(family) saddr \(prefix.address) "
                    + "\(family) daddr != \(prefix.network) masquerade "
                    + "comment \"\(hashes), net: \(name), if: \(interface), id: \(container.id)\"")
        }
        let file = "\(network.dataDir.path)/nft-\(container.id)"
        try File.replace(file, Array(commands.joined(separator: "\n").utf8), mode: 0o600)
        defer { unlink(file) }
        try network.nft("-f \(file)")
    }

    /// The rules of all iptables and of nf_tables that name a container.
    func rules(of container: TestContainer) throws -> [String] {
        try rules().filter {
            $0.contains("\"\(container.id)\\\"\"") || $0.contains("-\(container.id)-")
                || $0.contains("id: \(container.id)\"")
        }
    }

    /// Every rule of all iptables and of nf_tables.
    func rules() throws -> [String] {
        var text = try network.nft("list ruleset")
        for program in ["iptables", "ip6tables"] where backend != .nftables {
            let kind = backend == .iptablesLegacy ? "legacy" : "nft"
            let words = [
                "/usr/bin/env", "XTABLES_LOCKFILE=\(network.dataDir.path)/xtables.lock",
                "/usr/sbin/\(program)-\(kind)-save", "-t", "nat",
            ]
            let (status, output) = try network.run { Program.run(words) }
            guard status == 0, !output.contains("incompatible") else {
                throw Unexpected(description: "\(words): \(output)")
            }
            text += "\n\(output)"
        }
        // Without the time, and what was counted.
        return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            let words = line.split(separator: " ").map(String.init)
            return words.filter { UInt64($0) == nil && !$0.hasPrefix("[") }.joined(separator: " ")
        }
    }
}
