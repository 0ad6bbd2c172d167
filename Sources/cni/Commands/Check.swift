// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import CNIRuntime

struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check that a container is attached as it should be.",
        usage: "cni check <network> <namespace> [options]",
        discussion: """
            Calls every plugin with CHECK and the result of ADD, with what ADD was done with.

              cni check pods /run/netns/web
            """)

    @OptionGroup var attachment: AttachmentArguments
    @OptionGroup var configuration: ConfigurationOptions
    @OptionGroup var options: RuntimeOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let (network, request) = try await StoredRequest.perform(attachment, configuration, options) {
            (runtime, network, request) throws(RuntimeError) in
            try await runtime.check(network, request)
        }
        if output.isJSON {
            Console.output.document(.object(request.members(on: network.name)))
        } else if network.disableCheck {
            Console.output.line("\(request.name(on: network.name)): not checked, as disableCheck asks")
        } else {
            Console.output.line("\(request.name(on: network.name)): attached as it should be")
        }
    }
}
