// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser

/// The long options of command lines, for tests that compare what is documented with what the parser takes.
public enum OptionNames {
    /// Those that a text names: `--log-level`.
    public static func named(in text: String) -> Set<String> {
        Set(text.matches(of: /--[a-z][a-z0-9-]*/).map { String($0.output) })
    }

    /// Those that a command's help names, without `--help` and `--version`.
    public static func documented(by command: any ParsableCommand.Type) -> Set<String> {
        named(in: command.helpMessage(columns: 200)).subtracting(["--help", "--version"])
    }

    /// Whether the parser of a command takes an option under its name, whatever it says of a value.
    ///
    /// - Parameter required: Words that the command cannot do without: their absence would be the error.
    public static func isTaken(
        _ name: String, by command: any ParsableCommand.Type, beside required: [String] = []
    ) -> Bool {
        do {
            _ = try command.parse(required + [name, "1"])
            return true
        } catch {
            return !command.fullMessage(for: error).contains("Unknown option '\(name)'")
        }
    }

    /// Names that were derived letter by letter from initials: `--public-i-pv6` for `publicIPv6`.
    public static func torn(_ names: Set<String>) -> [String] {
        names.filter { $0.dropFirst(2).split(separator: "-").contains { $0.count == 1 } }.sorted()
    }
}
