// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import CNIRuntime
internal import LinuxCore
internal import Netlink
internal import NetworkState
internal import Topology

struct HandBack: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hand-back",
        abstract: "Prepare attached containers for the CNI project's own bridge plugin.",
        usage: "cni hand-back [<network>] [--dry-run] [options]",
        discussion: """
            To be done before the CNI project's plugins take the place of these, with containers running. That bridge plugin \
            masquerades by iptables, with a chain for each container, and its DEL fails once where it does not find \
            the chain (release 1.1.1). This makes the chains and rules that it would have made, by the iptables that it \
            would run. Containers are masqueraded all the time; it can be done as often as you like.

              sudo cni hand-back --dry-run
              sudo cni hand-back
            """)

    @Argument(
        help: "The network's name; all networks without it.", completion: ConfigurationOptions.completion)
    var network: String?

    @Flag(name: .customLong("dry-run"), help: "Only print the commands.")
    var isRehearsal = false

    @OptionGroup var caching: CacheOptions

    func run() throws {
        let entries = try caching.contents().entries.filter {
            network == nil || $0.network.rawValue == network
        }
        if entries.isEmpty { Console.output.line("nothing is attached, as far as \(caching.folder) knows") }
        let search = NamespaceSearch()
        for entry in entries {
            guard let masquerade = ReferenceMasquerade(entry) else {
                Console.output.line("\(entry.name): has nothing to hand back")
                continue
            }
            if StoredAttachment(entry, search).namespace == .gone {
                Console.output.line("\(entry.name): its network namespace is gone")
                continue
            }
            if isRehearsal {
                for step in masquerade.steps {
                    Console.output.line("\(step.words.map(\.quotedForShell).joined(separator: " "))")
                }
                continue
            }
            for step in masquerade.steps { try step.run() }
            try withdraw(entry)
            Console.output.line("\(entry.name): \("handed back", .green)")
        }
    }
}

extension HandBack {
    /// Takes the attachment's addresses out of our own masquerading, now that iptables does it.
    private func withdraw(_ entry: CacheEntry) throws(Failure) {
        let session = NetworkSession(container: nil)
        do throws(StateError) {
            let steps = try session.removals(of: { $0 == entry.name }, in: nil)
            try session.remove(
                steps.filter { step in
                    switch step.action {
                    case .remove(.firewall(.element(_, let set))),
                        .modify(.firewall(.element(_, let set)), _):
                        set.table == NFTables.TableName(.inet, "cni_masquerade")
                    default: false
                    }
                })
        } catch {
            throw Failure("cannot hand back \(entry.name): \(error)")
        }
    }
}

/// How the CNI project's bridge plugin masquerades an attachment by iptables.
private struct ReferenceMasquerade {
    struct Step {
        /// A command of iptables.
        let words: [String]
        /// The command whose success makes this one unnecessary.
        var unless: [String]?

        func run() throws(Failure) {
            if let unless, try Program.run(unless, isQuiet: true) == 0 { return }
            let status = try Program.run(words)
            if status != 0 {
                throw Failure("\(words.joined(separator: " ")) failed with exit status \(status)")
            }
        }
    }

    let steps: [Step]

    /// Nil for an attachment that the plugin would not masquerade by iptables.
    init?(_ entry: CacheEntry) {
        let isMasqueraded = (entry.list?.plugins ?? []).contains { plugin in
            ["bridge", "ptp"].contains(plugin["type"]?.string) && plugin["ipMasq"]?.bool == true
                && plugin["ipMasqBackend"]?.string != "nftables"
        }
        guard isMasqueraded, let result = entry.result.flatMap({ try? CNIResult(json: $0) }) else {
            return nil
        }
        let (network, container) = (entry.network.rawValue, entry.request.containerID.rawValue)
        let chain = "CNI-\(SHA512.text(network + container, digits: 24))"
        let comment = ["-m", "comment", "--comment", "name: \"\(network)\" id: \"\(container)\""]
        let own = result.ips.filter { ip in
            guard let index = ip.interface, result.interfaces.indices.contains(index) else { return true }
            return result.interfaces[index].name == entry.request.interface.rawValue
                && !(result.interfaces[index].sandbox ?? "").isEmpty
        }
        if own.isEmpty { return nil }
        steps = own.flatMap { ip in
            let isIPv4 = ip.address.family == .v4
            let iptables = [isIPv4 ? "iptables" : "ip6tables", "--wait", "-t", "nat"]
            func rule(_ parent: String, _ words: [String]) -> Step {
                Step(
                    words: iptables + ["-A", parent] + words, unless: iptables + ["-C", parent] + words)
            }
            return [
                Step(words: iptables + ["-N", chain], unless: iptables + ["-n", "-L", chain]),
                rule(chain, ["-d", "\(ip.address.network)", "-j", "ACCEPT"] + comment),
                rule(chain, ["!", "-d", isIPv4 ? "224.0.0.0/4" : "ff00::/8", "-j", "MASQUERADE"] + comment),
                rule("POSTROUTING", ["-s", "\(ip.address.address)", "-j", chain] + comment),
            ]
        }
    }
}
