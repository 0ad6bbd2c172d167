// SPDX-License-Identifier: Apache-2.0

internal import AddressPool
internal import ArgumentParser

struct Variables: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the variables with their defaults.")

    func run() {
        for variable in Variable.all {
            switch variable.meaning {
            case .option(let fallback, _):
                print("\(variable.name) (\(fallback))\n    \(variable.documentation)")
            case .none(let reason): print("\(variable.name)\n    Has no meaning here: \(reason).")
            }
        }
    }
}
