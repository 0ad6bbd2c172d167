// SPDX-License-Identifier: Apache-2.0

public import CNITypes
internal import LinuxCore

extension CNIError.Code {
    /// 110: every address of a range set is taken.
    public static let addressesExhausted = CNIError.Code(rawValue: 110)
    /// 111: a requested address is taken, reserved or in no range set.
    public static let addressNotAvailable = CNIError.Code(rawValue: 111)
    /// 112: the attachment holds an address of the range set already.
    public static let duplicateAllocation = CNIError.Code(rawValue: 112)
    /// 113: the attachment does not hold the address that CHECK expects.
    public static let addressMissing = CNIError.Code(rawValue: 113)
}

/// Runs operations on files, and reports their failure as the specification's code 5.
func inputOutput<Value: ~Copyable>(
    _ body: () throws(SystemError) -> Value
) throws(CNIError) -> Value {
    do throws(SystemError) {
        return try body()
    } catch {
        throw CNIError(error)
    }
}

extension CNIError {
    /// The specification's code 5, with what was attempted and what the kernel said.
    init(_ error: SystemError) {
        self.init(.ioFailure, error.description)
    }
}
