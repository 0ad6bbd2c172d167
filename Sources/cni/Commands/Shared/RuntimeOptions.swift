// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import CNIRuntime

/// What it takes to call plugins.
struct RuntimeOptions: ParsableArguments {
    @OptionGroup var plugins: PluginOptions
    @OptionGroup var caching: CacheOptions

    @Option(
        help: ArgumentHelp(
            "How long each plugin may run, in seconds; 0 for as long as it likes.", valueName: "seconds"))
    var timeout = Seconds(120)

    /// A runtime whose plugins' messages go to the standard error.
    func runtime() -> Runtime {
        Runtime(pluginFolders: plugins.folders, cache: caching.cache, timeLimit: timeout.duration) {
            plugin, command, text in
            let source = StyledText("\(plugin) \(command.rawValue):", .faint)
            for line in text.lines { Console.error.line("\(source) \(line)") }
        }
    }
}
