// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Makes a system call, again if a signal interrupted it.
///
/// - Parameter operation: What is attempted, with its object, for the message.
@discardableResult
func systemCall<Value: SignedInteger>(
    _ operation: String, _ body: () -> Value
) throws(Failure) -> Value {
    while true {
        let value = body()
        if value >= 0 { return value }
        let number = errno
        if number == EINTR { continue }
        let reason = strerror(number).map { String(cString: $0) } ?? "error \(number)"
        throw Failure("\(operation): \(reason)")
    }
}
