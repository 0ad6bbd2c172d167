// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import CNIRuntime
internal import Glibc
internal import Namespaces

struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Attach a container to a network.",
        usage: "cni add <network> <namespace> [options]",
        discussion: """
            Calls every plugin of the network with ADD, and prints the result. If one fails, or you \
            interrupt it, what the others made is undone.

              ip netns add web
              cni add pods /run/netns/web

            CNI_ARGS has further arguments for the plugins (KEY=VALUE;KEY=VALUE), CAP_ARGS values for their \
            capabilities ({"portMappings": [{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}]}).
            """)

    @OptionGroup var attachment: AttachmentArguments
    @OptionGroup var configuration: ConfigurationOptions
    @OptionGroup var options: RuntimeOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let network = try configuration.network(named: attachment.network)
        let request = try attachment.request()
        try requireNamespace(request)
        let (options, attachment) = (options, attachment)
        let document = try await Interruption.cancelling {
            try await explaining(attachment) { () throws(RuntimeError) in
                let runtime = options.runtime()
                // Asked before: once the container is attached nothing may fail.
                let version = try await runtime.version(of: network)
                return try await Self.document(runtime.add(network, request), version: version)
            }
        }
        // A reader that has gone is an error of write(2), not the end.
        signal(SIGPIPE, SIG_IGN)
        // As wide as cnitool's.
        Console.output.document(document, indent: 4)
        do throws(Failure) {
            try Console.requireOutput()
        } catch {
            try await Self.detach(network, request, options.runtime(), after: error)
        }
    }

    /// A plugin would say it, too, in other words and without advice.
    private func requireNamespace(_ request: AttachmentRequest) throws(Failure) {
        guard let path = request.namespacePath else { return }
        do throws(NamespaceError) {
            _ = try NetworkNamespace(path: path)
        } catch  where error.meansAbsence {
            throw Failure(
                "there is no network namespace at \(path)",
                hints: [
                    "`ip netns add web` makes one at /run/netns/web; that of a process is /proc/PID/ns/net"
                ])
        } catch {
            return
        }
    }

    /// Nobody knows what the container has got: as for an ADD that failed, nothing is left of it.
    private static func detach(
        _ network: NetworkConfigurationList, _ request: AttachmentRequest, _ runtime: Runtime,
        after failure: Failure
    ) async throws(Failure) {
        var failure = failure
        do throws(RuntimeError) {
            try await runtime.delete(network, request)
            failure.details.append("the container has been detached again")
        } catch {
            failure.details.append("detaching the container again failed: \(error)")
        }
        throw failure
    }

    private static func document(
        _ result: CNIResult, version: SpecVersion
    ) throws(RuntimeError) -> JSON {
        do throws(CNIError) {
            return try result.json(version: version)
        } catch {
            throw RuntimeError(.badAnswer, error)
        }
    }
}
