// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import CNIRuntime
internal import LinuxCore

/// Which interface of which container on which network.
struct AttachmentArguments: ParsableArguments {
    @Argument(help: "The network's name.", completion: ConfigurationOptions.completion)
    var network: String

    @Argument(
        help: "The path of the container's network namespace, such as /run/netns/web.", completion: .file())
    var namespace: String

    @Option(
        name: [.customShort("i"), .customLong("ifname")],
        help: ArgumentHelp(
            "The interface in the container (default: CNI_IFNAME, else eth0).", valueName: "interface"))
    var interface: String?

    @Option(
        name: .customLong("container-id"),
        help: ArgumentHelp(
            "The container's identifier (default: one made of the namespace's path, as cnitool does).",
            valueName: "id"))
    var containerID: String?

    /// The arguments as words for another command on the same attachment.
    var words: String {
        var words = [network, namespace]
        if let containerID { words += ["--container-id", containerID] }
        if let interface { words += ["--ifname", interface] }
        return words.joined(separator: " ")
    }

    /// The request, with CNI_ARGS and CAP_ARGS.
    func request() throws(Failure) -> AttachmentRequest {
        let path = absolutePath(namespace)
        do throws(CNIError) {
            var request = try AttachmentRequest(
                containerID: containerID ?? Self.containerID(ofNamespace: path), namespacePath: path,
                interface: interface ?? variable("CNI_IFNAME") ?? "eth0")
            request.arguments = try Self.arguments(variable("CNI_ARGS") ?? "")
            request.capabilities = try Self.capabilities(variable("CAP_ARGS"))
            return request
        } catch {
            throw Failure(error.description)
        }
    }

    /// The identifier that cnitool gives the container of a namespace.
    static func containerID(ofNamespace path: String) -> String {
        "cnitool-" + SHA512.text(path, digits: 20)
    }

    private static func arguments(_ text: String) throws(CNIError) -> [AttachmentRequest.Argument] {
        var arguments: [AttachmentRequest.Argument] = []
        for pair in text.split(separator: ";") {
            let parts = pair.split(separator: "=", omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw CNIError(
                    .invalidEnvironment, "CNI_ARGS: \"\(pair)\" is not KEY=VALUE",
                    details: "pairs have semicolons between them: IgnoreUnknown=1;K8S_POD_NAME=web")
            }
            arguments.append(.init(String(parts[0]), String(parts[1])))
        }
        return arguments
    }

    private static func capabilities(_ text: String?) throws(CNIError) -> JSONObject {
        guard let text else { return [:] }
        let json: JSON
        do throws(CNIError) {
            json = try JSON(parsing: text)
        } catch {
            throw CNIError(.invalidEnvironment, "CAP_ARGS: \(error)")
        }
        guard let members = json.object else {
            throw CNIError(
                .invalidEnvironment, "CAP_ARGS: not an object",
                details: #"by the capability's name: {"portMappings": […]}"#)
        }
        return members
    }
}
