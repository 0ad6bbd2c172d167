// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import CNIRuntime
internal import Topology

struct Collect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gc",
        abstract: "Remove what is left of containers that are gone.",
        usage: "cni gc [<network>] [--all] [options]",
        discussion: """
            Detaches every attachment in the cache whose network namespace does not exist any more (that its path \
            is not visible from here is no proof: `cni list` says what is known), then has \
            the plugins remove what belongs to no attachment in the cache (GC). Of one network or of all, \
            also of those that are only in the cache.

              cni gc
              cni gc pods

            A plugin removes what it does not find in the cache. If several runtimes share a network, they \
            have to share the cache.
            """)

    @Argument(
        help: "The network's name; all networks without it.", completion: ConfigurationOptions.completion)
    var network: String?

    /// cnitool wants one; nothing is done with it.
    @Argument(help: .hidden, completion: .file())
    var namespace: String?

    @Flag(help: "Remove what belongs to containers that live, too, as cnitool does.")
    var all = false

    @Flag(
        help: """
            Have plugins that know version 1.1.0 do GC of networks in older versions, too, which have none: for \
            runtimes that share the cache, such as podman.
            """)
    var olderVersions = false

    @OptionGroup var configuration: ConfigurationOptions
    @OptionGroup var options: RuntimeOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let folder = try configuration.read()
        let networks = try networks(folder)
        // With a network that is gone there may still be something to collect.
        let failures =
            network == nil && (networks.isEmpty || !folder.problems.isEmpty)
            ? configuration.failures(in: folder) : []
        let (options, all, older, progress) = (options, all, olderVersions, Progress(!output.isJSON))
        let outcomes = try await Interruption.cancelling {
            let runtime = options.runtime()
            var outcomes: [Outcome] = []
            for network in networks {
                progress.show("\(network.name) (\(outcomes.count + 1) of \(networks.count))")
                let outcome = await Self.collect(network, runtime, all: all, older)
                outcomes.append(outcome)
                if outcome.error?.cause?.reason == .cancelled { break }
            }
            progress.end()
            return outcomes
        }
        report(outcomes, failures)
        if !failures.isEmpty || outcomes.contains(where: { $0.error != nil }) {
            Interruption.endIfInterrupted()
            throw ExitCode.failure
        }
    }

    /// The networks that are asked for; what the folder does not have any more comes from the cache.
    private func networks(_ folder: ConfigurationFolder) throws(Failure) -> [NetworkConfigurationList] {
        let configured = folder.networks
        var stored: [NetworkConfigurationList] = []
        for entry in try options.caching.contents().entries {
            let isKnown = (configured + stored).contains { $0.name == entry.network }
            if !isKnown, let list = entry.list { stored.append(list) }
        }
        guard let network else { return configured + stored }
        let named = (configured + stored).filter { $0.name.rawValue == network }
        return named.isEmpty ? [try configuration.network(named: network)] : named
    }

    private struct Outcome: Sendable {
        let network: String
        var kept: [String] = []
        /// Why those were kept whose namespaces are not at their paths.
        var reasons: [(name: String, words: StyledText)] = []
        var removed: [String] = []
        var isDisabled = false
        /// Of a network in an older version: the plugins that did GC in 1.1.0, and those that do not know it.
        var upgradedPlugins: [String] = []
        var olderPlugins: [String] = []
        var error: Failure?

        var json: JSON {
            var members: JSONObject = [
                "network": .string(network), "kept": JSON(kept), "removed": JSON(removed),
                "isDisabled": .bool(isDisabled), "upgradedPlugins": JSON(upgradedPlugins),
                "olderPlugins": JSON(olderPlugins),
            ]
            if let error { members["error"] = error.json }
            return .object(members)
        }
    }

    private static func collect(
        _ network: NetworkConfigurationList, _ runtime: Runtime, all: Bool, _ includesOlderVersions: Bool
    ) async -> Outcome {
        var outcome = Outcome(network: network.name.rawValue)
        outcome.isDisabled = network.disableGC
        do throws(RuntimeError) {
            // Looks once it is asked, when nothing else is done on the network.
            let search = NamespaceSearch()
            let collection =
                try await all
                ? runtime.collect(network, valid: [], includesOlderVersions: includesOlderVersions)
                : runtime.collect(network, includesOlderVersions: includesOlderVersions) {
                    StoredAttachment($0, search).namespace != .gone
                }
            outcome.kept = collection.kept.map(\.name)
            outcome.removed = collection.removed.map(\.name)
            outcome.reasons = collection.kept.map { StoredAttachment($0, search) }
                .filter { $0.namespace != .exists }.map { ($0.name, $0.namespace.words) }
            outcome.upgradedPlugins = collection.upgradedPlugins
            outcome.olderPlugins = collection.olderPlugins
        } catch {
            outcome.error = Failure(error)
            if error.reason == .cache, error.code == .decodingFailure {
                outcome.error?.hints.append("without that file, or with --all, GC goes on")
            }
        }
        return outcome
    }

    private func report(_ outcomes: [Outcome], _ failures: [Failure]) {
        if output.isJSON {
            Console.output.document([
                "networks": .array(outcomes.map(\.json)), "problems": .array(failures.map(\.json)),
            ])
            return
        }
        for failure in failures { failure.report(json: false) }
        for outcome in outcomes {
            if let error = outcome.error {
                error.report(json: false)
            } else if outcome.isDisabled {
                Console.output.line("\(outcome.network): left alone, as disableGC asks")
            } else {
                Console.output.line(
                    "\(outcome.network): \(outcome.removed.count) removed, \(outcome.kept.count) kept")
            }
            for (name, words) in outcome.reasons {
                Console.output.line("  \("kept", .faint) \(name) (\(words))")
            }
            for name in outcome.removed { Console.output.line("  \("removed", .faint) \(name)") }
            for (words, plugins) in [
                ("GC in version 1.1.0, which the network does not name:", outcome.upgradedPlugins),
                ("no GC, which came with version 1.1.0:", outcome.olderPlugins),
            ] where !plugins.isEmpty {
                Console.output.line("  \(words, .faint) \(plugins.joined(separator: ", "))")
            }
        }
    }
}
