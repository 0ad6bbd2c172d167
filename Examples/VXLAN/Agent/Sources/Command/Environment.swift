// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

/// The process's variables.
enum Environment {
    static var variables: [String: String] { ProcessInfo.processInfo.environment }
}
