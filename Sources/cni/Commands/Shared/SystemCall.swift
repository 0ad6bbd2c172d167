// SPDX-License-Identifier: Apache-2.0

internal import LinuxCore

/// Makes a system call, as a failure for people.
///
/// - Parameter operation: What is attempted, with its object, for the message.
@discardableResult
func systemCall<Value: SignedInteger>(
    _ operation: String, _ body: () -> Value
) throws(Failure) -> Value {
    do throws(SystemError) {
        return try LinuxCore.systemCall(operation, body)
    } catch {
        throw Failure(error.description)
    }
}
