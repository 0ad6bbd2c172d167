// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import CNIRuntime
internal import Topology

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Ask whether networks can take containers now, and whether those that they have are well.",
        usage: "cni status [<network>] [options]",
        discussion: """
            Calls every plugin with STATUS, of one network or of all. A network for versions before 1.1.0, \
            which have no STATUS, counts as ready. STATUS is about the next container; what the living ones have is \
            found out by CHECK of each (as root): after `nft flush ruleset` a network is ready, and its containers are \
            cut off. Ends with 1 if either is not as it should be.

              cni status
              cni status pods
            """)

    @Argument(
        help: "The network's name; all networks without it.", completion: ConfigurationOptions.completion)
    var network: String?

    /// cnitool wants one; nothing is done with it.
    @Argument(help: .hidden, completion: .file())
    var namespace: String?

    @OptionGroup var configuration: ConfigurationOptions
    @OptionGroup var options: RuntimeOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let folder = try configuration.read()
        let networks = try network.map { [try configuration.network(named: $0)] } ?? folder.networks
        let failures = network == nil ? configuration.failures(in: folder) : []
        let (options, progress) = (options, Progress(!output.isJSON))
        let checks = AttachmentChecks(
            runtime: Runtime(
                pluginFolders: options.plugins.folders, cache: options.caching.cache,
                timeLimit: options.timeout.duration),
            networks: folder.networks)
        // An ordinary user's plugins could not look at attachments.
        let contents = isRoot ? try options.caching.contents() : nil
        let answers = try await Interruption.cancelling {
            let (runtime, search) = (options.runtime(), NamespaceSearch())
            var answers: [NetworkStanding] = []
            for network in networks {
                progress.show("asking the plugins of \(network.name)")
                var answer = NetworkStanding(network.name)
                do throws(RuntimeError) {
                    try await runtime.status(network)
                } catch {
                    progress.end()
                    if error.reason == .cancelled { throw Failure(error) }
                    answer.error = Failure(error)
                }
                let attachments = (contents?.entries ?? []).filter { $0.network == network.name }
                progress.show("asking about \(attachments.count) attachments of \(network.name)")
                answer.note(await checks.faults(of: attachments.map { StoredAttachment($0, search) }))
                answers.append(answer)
            }
            progress.end()
            return answers
        }
        let damaged = (contents?.problems ?? []).map { Failure("damaged: \($0)") }
        report(answers, failures + (network == nil ? damaged : []))
        let isWell = failures.isEmpty && (network != nil || damaged.isEmpty) && answers.allSatisfy(\.isWell)
        if !isWell { throw ExitCode.failure }
    }

    private func report(_ answers: [NetworkStanding], _ failures: [Failure]) {
        if output.isJSON {
            Console.output.document([
                "networks": .array(answers.map(\.json)), "problems": .array(failures.map(\.json)),
            ])
            return
        }
        for failure in failures { failure.report(json: false) }
        for answer in answers { answer.print() }
    }
}
