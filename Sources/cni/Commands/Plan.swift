// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import CNIRuntime

struct Plan: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show what attaching or detaching would change, without changing it.",
        usage: "cni plan add|del <network> <namespace> [options]",
        discussion: """
            Goes through the network's plugins as add and del do. Those of this project say what they would \
            change as things are now; what others would do is unknown.

              cni plan add pods /run/netns/web
            """)

    enum Verb: String, ExpressibleByArgument, CaseIterable, Sendable {
        case add, del
    }

    @Argument(help: "add or del.")
    var verb: Verb

    @OptionGroup var attachment: AttachmentArguments
    @OptionGroup var configuration: ConfigurationOptions
    @OptionGroup var options: RuntimeOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let scratch = try ScratchFolder()
        defer { scratch.remove() }
        // The chain is the runtime's own; only the cache it writes to is nobody's.
        let cache = ResultCache(directory: scratch.path)
        let (network, request) = try prepared(into: cache)
        let planner = PlanningExecutor()
        let runtime = Runtime(
            pluginFolders: options.plugins.folders, cache: cache, timeLimit: options.timeout.duration,
            executor: planner)
        let (attachment, verb) = (attachment, verb)
        let result: CNIResult? = try await Interruption.cancelling {
            try await explaining(attachment) { () throws(RuntimeError) in
                if verb == .add { return try await runtime.add(network, request) }
                try await runtime.delete(network, request)
                return nil
            }
        }
        report(planner.steps, result, network, request)
    }

    private func report(
        _ steps: [PlanningExecutor.Step], _ result: CNIResult?, _ network: NetworkConfigurationList,
        _ request: AttachmentRequest
    ) {
        if output.isJSON {
            var members = request.members(on: network.name)
            members["plugins"] = .array(steps.map(\.json))
            members["result"] = try? result?.json(version: .current)
            Console.output.document(.object(members))
        } else {
            for step in steps { step.print() }
            Console.output.line("\(StyledText("Nothing has been changed.", .faint))")
        }
    }

    /// The network and the request, with what is remembered of the attachment in `cache`.
    private func prepared(
        into cache: ResultCache
    ) throws(Failure) -> (NetworkConfigurationList, AttachmentRequest) {
        let stored = options.caching.cache
        if verb == .del {
            let (network, request) = try StoredRequest.find(attachment, configuration, options.caching)
            let entry = try? stored.entry(of: request.attachment(to: network.name))
            do throws(RuntimeError) {
                if let entry { try cache.store(entry) }
            } catch {
                throw Failure(error)
            }
            return (network, request)
        }
        let network = try configuration.network(named: attachment.network)
        let request = try attachment.request()
        if ((try? stored.entry(of: request.attachment(to: network.name))) ?? nil) != nil {
            throw Failure(
                "\(request.name(on: network.name)) is attached already: ADD would be refused",
                hints: ["`cni plan del \(attachment.words)` shows what detaching it would change"])
        }
        return (network, request)
    }
}
