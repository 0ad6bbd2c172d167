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
    var timeout = 120.0

    func validate() throws {
        guard timeout >= 0, timeout < 1e9 else {
            throw ValidationError("--timeout: \(timeout) is not a number of seconds")
        }
    }

    var timeLimit: Duration? { timeout == 0 ? nil : .seconds(timeout) }

    /// A runtime whose plugins' messages go to the standard error.
    func runtime() -> Runtime {
        Runtime(pluginFolders: plugins.folders, cache: caching.cache, timeLimit: timeLimit) {
            plugin, command, text in
            for line in text.lines { Console.error.line("\("\(plugin) \(command.rawValue):", .faint) \(line)") }
        }
    }
}
