// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser

struct OutputOptions: ParsableArguments {
    /// Also looked for in the words of a command line that cannot be understood.
    static let jsonFlag = "--json"

    @Flag(name: .customLong("json"), help: "Print JSON, for errors too.")
    var isJSON = false
}
