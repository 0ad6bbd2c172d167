// SPDX-License-Identifier: Apache-2.0

import CNITypes
import Glibc
import LinuxCore
import Testing

/// The reference implementation's host-local, if it is installed.
enum ReferencePlugin {
    static let path: String? = ["/usr/lib/cni/host-local", "/opt/cni/bin/host-local"].first {
        access($0, X_OK) == 0
    }

    struct Outcome {
        var status: CInt
        var output: JSON
    }

    /// Calls the plugin as a runtime does; its configuration and answer go through files in `folder`.
    static func call(
        _ command: String, _ attachment: CNITypes.Attachment, configuration: JSON, args: String = "",
        folder: String
    ) throws -> Outcome {
        let path = try #require(path)
        let (input, output) = (
            "\(folder)/stdin-\(attachment.containerID)", "\(folder)/stdout-\(attachment.containerID)"
        )
        try File.replace(input, Array(configuration.serialized().utf8), mode: 0o600)
        defer { for file in [input, output] { unlink(file) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        let environment = [
            "CNI_COMMAND=\(command)", "CNI_CONTAINERID=\(attachment.containerID)", "CNI_NETNS=/some/netns",
            "CNI_IFNAME=\(attachment.interface)", "CNI_PATH=/nowhere", "CNI_ARGS=\(args)",
        ]
        var child = pid_t()
        let arguments = [strdup(path), nil]
        let variables = environment.map { strdup($0) } + [nil]
        defer { for text in arguments + variables { free(text) } }
        let error = posix_spawn(&child, path, &actions, nil, arguments, variables)
        guard error == 0 else { throw SystemError(operation: "run \(path)", errno: error) }
        var status: CInt = 0
        while waitpid(child, &status, 0) == -1 && errno == EINTR {}
        let text = try File.read(output)
        return Outcome(status: status, output: text.isEmpty ? .null : try JSON(parsing: text))
    }
}

extension Trait where Self == ConditionTrait {
    static var needsReferencePlugin: Self {
        .enabled(
            if: ReferencePlugin.path != nil,
            "needs /usr/lib/cni/host-local or /opt/cni/bin/host-local, the reference's (Debian: containernetworking-plugins)"
        )
    }
}
