// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import CNIRuntime
internal import Topology

struct Mend: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repair",
        abstract: "Bring attached containers' networks back to what their plugins made.",
        usage: "cni repair [<network>] [--dry-run] [options]",
        discussion: """
            Goes through the attachments of the cache whose containers live, and has each plugin make again what \
            CHECK would miss: after `nft flush ruleset`, a bridge that was switched off, an address or a route that \
            somebody removed. What is as it should be is left alone, so that it can be done at any time and as often \
            as you like. A plugin of others is asked for CHECK. Ends with 1 if something could not be mended.

              sudo cni repair --dry-run
              sudo cni repair
            """)

    @Argument(
        help: "The network's name; all networks without it.", completion: ConfigurationOptions.completion)
    var network: String?

    @Flag(name: .customLong("dry-run"), help: "Only show what would be done.")
    var isRehearsal = false

    @OptionGroup var configuration: ConfigurationOptions
    @OptionGroup var options: RuntimeOptions
    @OptionGroup var output: OutputOptions

    private struct Outcome: Sendable {
        let entry: CacheEntry
        var steps: [String] = []
        /// Why nothing was looked at.
        var remark: String?
        var error: Failure?

        var json: JSON {
            var members = entry.members
            members["steps"] = JSON(steps)
            members["remark"] = remark.map { .string($0) }
            if let error { members["error"] = error.json }
            return .object(members)
        }
    }

    func run() async throws {
        let contents = try options.caching.contents()
        let configured = (try? configuration.read().networks) ?? []
        let entries = contents.entries.filter { network == nil || $0.network.rawValue == network }
        if let network, entries.isEmpty, !configured.contains(where: { $0.name.rawValue == network }) {
            throw Failure("nothing is attached to a network \"\(network)\", and there is none of that name")
        }
        let (options, isRehearsal, progress) = (options, isRehearsal, Progress(!output.isJSON))
        let outcomes = try await Interruption.cancelling {
            let search = NamespaceSearch()
            var outcomes: [Outcome] = []
            for entry in entries {
                progress.show("\(entry.name) (\(outcomes.count + 1) of \(entries.count))")
                let namespace = StoredAttachment(entry, search).namespace
                guard namespace == .exists else {
                    let words = namespace.words.text(isColored: false)
                    outcomes.append(Outcome(entry: entry, remark: "left alone, its namespace: \(words)"))
                    continue
                }
                let outcome = await Self.mend(entry, configured, options, isRehearsal: isRehearsal)
                outcomes.append(outcome)
                if outcome.error?.cause?.reason == .cancelled { break }
            }
            progress.end()
            return outcomes
        }
        report(outcomes)
        if outcomes.contains(where: { $0.error != nil }) {
            Interruption.endIfInterrupted()
            throw ExitCode.failure
        }
    }

    private static func mend(
        _ entry: CacheEntry, _ configured: [NetworkConfigurationList], _ options: RuntimeOptions,
        isRehearsal: Bool
    ) async -> Outcome {
        var outcome = Outcome(entry: entry)
        guard let network = entry.list ?? configured.first(where: { $0.name == entry.network }) else {
            outcome.error = Failure("\(entry.name): neither the cache nor a file says how it was attached")
            return outcome
        }
        if network.disableCheck {
            outcome.remark = "left alone, as disableCheck asks"
            return outcome
        }
        let executor = RepairingExecutor(isRehearsal: isRehearsal)
        let runtime = Runtime(
            pluginFolders: options.plugins.folders, cache: options.caching.cache,
            timeLimit: options.timeout.duration, executor: executor)
        do throws(RuntimeError) {
            try await runtime.check(network, entry.request)
        } catch {
            outcome.error = Failure(error)
        }
        outcome.steps = executor.steps
        return outcome
    }

    private func report(_ outcomes: [Outcome]) {
        if output.isJSON {
            Console.output.document([
                "isRehearsal": .bool(isRehearsal), "attachments": .array(outcomes.map(\.json)),
            ])
            return
        }
        if outcomes.isEmpty {
            Console.output.line("nothing is attached, as far as \(options.caching.folder) knows")
        }
        for outcome in outcomes {
            if let remark = outcome.remark { Console.output.line("\(outcome.entry.name): \(remark)") }
            if outcome.remark == nil, outcome.error == nil {
                let done: StyledText =
                    isRehearsal ? "\("would be repaired", .yellow)" : "\("repaired", .green)"
                Console.output.line(
                    outcome.steps.isEmpty
                        ? "\(outcome.entry.name): as it should be" : "\(outcome.entry.name): \(done)")
            }
            for step in outcome.steps { Console.output.line("  \(step)") }
            outcome.error?.report(json: false)
        }
    }
}
