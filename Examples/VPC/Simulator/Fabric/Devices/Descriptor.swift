// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import LinuxCore

/// A descriptor that is closed once, when the last who holds it lets go.
final class Descriptor: Sendable {
    let number: CInt

    /// Takes over what a call has returned: a descriptor, or the negative number of an error.
    init(_ operation: String, _ result: CInt) throws(SystemError) {
        number = try SystemError.check(operation, result)
    }

    deinit { close(number) }
}

extension SystemError {
    /// The value that a call has returned, unless that is the negative number of an error.
    @discardableResult
    static func check<Number: SignedInteger>(
        _ operation: @autoclosure () -> String, _ value: Number
    ) throws(SystemError) -> Number {
        if value < 0 { throw SystemError(operation: operation(), errno: CInt(-value)) }
        return value
    }
}
