// SPDX-License-Identifier: Apache-2.0

internal import CTunnelShims
internal import LinuxCore

/// Appends a flow log's lines to its file.
final class FlowLogWriter: Sendable {
    private let log: FlowLog
    private let file: Descriptor

    /// Opens the file, and writes the names of the fields.
    init(_ log: FlowLog) throws(SystemError) {
        self.log = log
        file = try Descriptor("open \(log.path)", tunnel_open_log(log.path))
        try write(log.format.header + "\n")
    }

    /// Appends the lines of records, in as few writes as the kernel takes.
    func write(_ records: [FlowRecord]) throws(SystemError) {
        let lines = log.lines(records)
        if !lines.isEmpty { try write(lines.joined(separator: "\n") + "\n") }
    }

    private func write(_ text: String) throws(SystemError) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { tunnel_write(file.number, $0.baseAddress, $0.count) }
            rest = rest.dropFirst(try SystemError.check("write \(log.path)", count))
        }
    }
}
