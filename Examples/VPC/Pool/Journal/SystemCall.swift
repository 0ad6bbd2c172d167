// SPDX-License-Identifier: Apache-2.0

internal import Glibc
package import LinuxCore

/// The one funnel for errno: runs a system call again while a signal interrupts it (EINTR), and turns a result of -1 into
/// an error that names `operation`.
@discardableResult
package func systemCall<Result: SignedInteger>(
    _ operation: @autoclosure () -> String, _ body: () -> Result
) throws(SystemError) -> Result {
    while true {
        let result = body()
        if result != -1 { return result }
        let code = errno
        if code != EINTR { throw SystemError(operation: operation(), errno: code) }
    }
}
