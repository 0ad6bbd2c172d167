// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser

struct PluginOptions: ParsableArguments {
    @Option(
        name: .customLong("plugin-path"),
        help: ArgumentHelp(
            "The folders of plugins, with colons between them (default: CNI_PATH, else /opt/cni/bin).",
            valueName: "folders"),
        completion: .directory)
    var given: String?

    /// What the user has said of where plugins are, if anything.
    var wish: String? { given ?? variable("CNI_PATH") }

    var folders: [String] { (wish ?? "/opt/cni/bin").split(separator: ":").map(String.init) }
}
