// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser

/// A time limit as a person writes it: `5`, `0.5`, or `0` for none.
struct Seconds: ExpressibleByArgument, Sendable {
    private let value: Double

    init(_ value: Double) { self.value = value }

    init?(argument: String) {
        guard let value = Double(argument), value >= 0, value < 1e9 else { return nil }
        self.value = value
    }

    var defaultValueDescription: String { String(Int(value)) }

    var duration: Duration? { value == 0 ? nil : .seconds(value) }
}
