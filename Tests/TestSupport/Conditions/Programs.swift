// SPDX-License-Identifier: Apache-2.0

internal import Glibc
package import Testing

extension Trait where Self == ConditionTrait {
    /// Skips a test that runs programs of the machine or of the build where one of them is missing.
    package static func needsProgram(_ paths: String...) -> Self {
        .enabled("needs \(paths.joined(separator: ", "))") { paths.allSatisfy { access($0, X_OK) == 0 } }
    }
}
