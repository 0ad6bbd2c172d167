// SPDX-License-Identifier: Apache-2.0

/// A flow log: which records go where, in which format.
public struct FlowLog: Hashable, Sendable {
    /// What is logged.
    public enum Selection: String, Hashable, Sendable {
        /// Everything.
        case all = "ALL"
        /// Accepted traffic.
        case accepted = "ACCEPT"
        /// Rejected traffic.
        case rejected = "REJECT"
    }

    /// The file that lines are appended to; it begins with the names of the fields.
    public var path: String
    /// The format.
    public var format: FlowLogFormat
    /// What is logged.
    public var selection: Selection
    /// The id of the ENI, subnet or VPC; nil for everything.
    public var resource: String?

    /// Creates a flow log.
    public init(
        path: String, format: FlowLogFormat = .standard, selection: Selection = .all, resource: String? = nil
    ) {
        self.path = path
        self.format = format
        self.selection = selection
        self.resource = resource
    }

    /// The lines of those records that are this log's.
    public func lines(_ records: [FlowRecord]) -> [String] {
        records.filter(includes).map(format.line)
    }

    private func includes(_ record: FlowRecord) -> Bool {
        if let resource {
            let places = [record.interface.id, record.interface.subnet, record.interface.vpc]
            guard places.contains(resource) else { return false }
        }
        switch selection {
        case .all: return true
        case .accepted: return record.traffic.map { $0.action == .accept } ?? true
        case .rejected: return record.traffic.map { $0.action == .reject } ?? true
        }
    }
}
