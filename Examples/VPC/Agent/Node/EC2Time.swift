// SPDX-License-Identifier: Apache-2.0

internal import EC2

/// Times in tags.
enum EC2Time {
    static func text(_ seconds: Int64) -> String { Timestamp(seconds: seconds).description }

    static func seconds(_ text: String) -> Int64? { Timestamp(text)?.seconds }
}
