// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import CNIRuntime

struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "del",
        abstract: "Detach a container from a network.",
        usage: "cni del <network> <namespace> [options]",
        discussion: """
            Calls every plugin with DEL, the last one first, with what ADD was done with. The namespace may \
            be gone, and what was never attached can be detached, too.

              cni del pods /run/netns/web
            """,
        aliases: ["delete"])

    @OptionGroup var attachment: AttachmentArguments
    @OptionGroup var configuration: ConfigurationOptions
    @OptionGroup var options: RuntimeOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let (network, request) = try await StoredRequest.perform(attachment, configuration, options) {
            (runtime, network, request) throws(RuntimeError) in
            try await runtime.delete(network, request)
        }
        if output.isJSON {
            Console.output.document(.object(request.members(on: network.name)))
        } else {
            Console.output.line("\(request.name(on: network.name)): detached")
        }
    }
}
