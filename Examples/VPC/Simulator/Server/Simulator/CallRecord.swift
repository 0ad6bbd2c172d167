// SPDX-License-Identifier: Apache-2.0

public import VPCModel

/// One call in the log, as CloudTrail would have it.
public struct CallRecord: Sendable {
    /// Grows with each call.
    public let number: UInt64
    /// When it came.
    public let time: Timestamp
    /// The service: `ec2` or `imds`.
    public let service: String
    /// The action, or the method and path of a metadata service's request.
    public let action: String
    /// Who called, or the instance whose metadata service it is; empty if that was not found out.
    public let caller: String
    /// The HTTP status, 0 where the connection ended without an answer.
    public let status: Int
    /// The error's code, if it was refused.
    public let code: String?
    /// The error's text.
    public let message: String?
    /// How long it took, in milliseconds.
    public let milliseconds: Double
    /// The parameters.
    public let parameters: [String: String]
}

/// The last calls, and how many there were of each.
struct CallLog {
    private static let capacity = 2000
    private(set) var records: [CallRecord] = []
    /// By action: how many calls there were, how many of them were refused.
    private(set) var totals: [String: (calls: Int, refused: Int)] = [:]
    private(set) var lastNumber: UInt64 = 0

    mutating func append(_ make: (UInt64) -> CallRecord) {
        lastNumber += 1
        let record = make(lastNumber)
        records.append(record)
        if records.count > 2 * Self.capacity { records.removeFirst(Self.capacity) }
        guard record.service == "ec2" else { return }
        var total = totals[record.action] ?? (0, 0)
        total.calls += 1
        if record.code != nil { total.refused += 1 }
        totals[record.action] = total
    }

    func after(_ number: UInt64, limit: Int) -> [CallRecord] {
        Array(records.filter { $0.number > number }.suffix(limit))
    }
}
