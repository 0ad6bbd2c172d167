// SPDX-License-Identifier: Apache-2.0

/// What became of one request to EC2, for metrics; a call may take several.
public struct CallReport: Hashable, Sendable {
    /// The call: `CreateNetworkInterface`.
    public var action: String
    /// From sending to the whole answer, without waiting before.
    public var latency: Duration
    /// The HTTP status; nil without an answer.
    public var status: Int?
    /// EC2's code of a failure; nil for a success, empty without an answer.
    public var code: String?

    /// Creates a report.
    public init(action: String, latency: Duration, status: Int?, code: String?) {
        self.action = action
        self.latency = latency
        self.status = status
        self.code = code
    }
}
