// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import CNIRuntime

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Ask whether networks can take containers now.",
        usage: "cni status [<network>] [options]",
        discussion: """
            Calls every plugin with STATUS, of one network or of all. A network for versions before 1.1.0, \
            which have no STATUS, counts as ready.

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
        let answers = try await Interruption.cancelling {
            let runtime = options.runtime()
            var answers: [(name: String, error: Failure?)] = []
            for network in networks {
                progress.show("asking the plugins of \(network.name)")
                do throws(RuntimeError) {
                    try await runtime.status(network)
                    answers.append((network.name.rawValue, nil))
                } catch {
                    progress.end()
                    if error.reason == .cancelled { throw Failure(error) }
                    answers.append((network.name.rawValue, Failure(error)))
                }
            }
            progress.end()
            return answers
        }
        report(answers, failures)
        if !failures.isEmpty || answers.contains(where: { $0.error != nil }) { throw ExitCode.failure }
    }

    private func report(_ answers: [(name: String, error: Failure?)], _ failures: [Failure]) {
        if output.isJSON {
            let networks = answers.map { name, error in
                var members: JSONObject = ["network": .string(name), "isReady": .bool(error == nil)]
                if let error { members["error"] = error.json }
                return JSON.object(members)
            }
            Console.output.document([
                "networks": .array(networks), "problems": .array(failures.map(\.json)),
            ])
            return
        }
        for failure in failures { failure.report(json: false) }
        for (name, error) in answers {
            guard let error else {
                Console.output.line("\(name): \("ready", .green)")
                continue
            }
            Console.output.line("\(name): \("not ready", .red)")
            error.report(json: false)
        }
    }
}
