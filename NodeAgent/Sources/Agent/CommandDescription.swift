// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import CNITypes

/// A command's options, as the argument parser describes them for tools.
struct CommandDescription {
    struct Option {
        /// `--log-level`.
        let name: String
        /// All names that it has on a command line, also that of a flag's opposite.
        let names: [String]
        let isFlag: Bool
        /// A flag's opposite: `--no-ip-masq`.
        let negation: String?
    }

    let name: String
    private let options: [Option]
    private let subcommands: [(name: String, options: [Option])]

    init(_ command: any ParsableCommand.Type) {
        var text = ""
        do { _ = try command.parseAsRoot(["--experimental-dump-help"]) } catch { text = command.fullMessage(for: error) }
        let json = (try? JSON(parsing: text))?["command"]
        name = json?["commandName"]?.string ?? ""
        options = Self.options(of: json)
        subcommands = (json?["subcommands"]?.array ?? []).map {
            ($0["commandName"]?.string ?? "", Self.options(of: $0))
        }
    }

    /// The options of all subcommands.
    var allOptions: [Option] { options + subcommands.flatMap(\.options) }

    /// The options of the command that a command line names.
    func subcommand(_ arguments: [String]) -> [Option] {
        guard let word = arguments.first else { return options }
        return subcommands.first { $0.name == word }?.options ?? options
    }

    private static func options(of command: JSON?) -> [Option] {
        (command?["arguments"]?.array ?? []).compactMap { argument in
            let kind = argument["kind"]?.string
            guard kind == "option" || kind == "flag" else { return nil }
            let names = (argument["names"]?.array ?? []).compactMap { name -> String? in
                guard let text = name["name"]?.string else { return nil }
                return name["kind"]?.string == "long" ? "--\(text)" : "-\(text)"
            }
            let long = names.filter { $0.hasPrefix("--") }
            guard let name = long.first(where: { !$0.hasPrefix("--no-") }) ?? long.first,
                name != "--help", name != "--version"
            else { return nil }
            let negation = long.first { $0.hasPrefix("--no-") && $0 != name }
            return Option(name: name, names: names, isFlag: kind == "flag", negation: negation)
        }
    }
}
