// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import FoundationEssentials
internal import Glibc
public import Logging

/// How log lines are written.
public enum LogFormat: String, CaseIterable, Hashable, Sendable {
    /// `2026-01-31T12:00:00Z warning store request failed reason="…"`: the message first, then what goes with it.
    case text
    /// An object of JSON a line: `time`, `level`, `message`, and a member for each value that goes with it.
    case json
}

/// Writes log lines to standard error, each in one write(2), so that lines of several threads do not mix.
public struct AgentLogHandler: LogHandler {
    /// What is logged.
    public var logLevel: Logger.Level
    /// What goes with every line.
    public var metadata: Logger.Metadata = [:]
    /// What goes with lines by the task that they are logged in.
    public var metadataProvider: Logger.MetadataProvider?

    private let label: String
    private let format: LogFormat
    private let write: @Sendable (String) -> Void

    /// Creates a handler.
    ///
    /// - Parameter write: Takes each line with its end; nil for standard error.
    public init(
        label: String, level: Logger.Level = .info, format: LogFormat = .text,
        write: (@Sendable (String) -> Void)? = nil
    ) {
        self.label = label
        logLevel = level
        self.format = format
        self.write = write ?? Self.writeToStandardError
    }

    /// Has all loggers of the process write this way; to be called once, before the first logger is made.
    public static func bootstrap(level: Logger.Level, format: LogFormat) {
        LoggingSystem.bootstrap { AgentLogHandler(label: $0, level: level, format: format) }
    }

    /// What goes with every line, by its key.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes a line.
    public func log(event: LogEvent) {
        var values = metadata
        if let provider = metadataProvider { values.merge(provider.get()) { $1 } }
        if let more = event.metadata { values.merge(more) { $1 } }
        if let error = event.error { values["error"] = "\(error)" }
        let time = Date.now.formatted(.iso8601)
        switch format {
        case .text: write(Self.text(time, event, values))
        case .json: write(json(time, event, values))
        }
    }

    private static func text(_ time: String, _ event: LogEvent, _ values: Logger.Metadata) -> String {
        var line = "\(time) \(event.level) \(oneLine(event.message.description))"
        for (key, value) in values.sorted(by: { $0.key < $1.key }) {
            line += " \(key)=\(quoted("\(value)"))"
        }
        return line + "\n"
    }

    private func json(_ time: String, _ event: LogEvent, _ values: Logger.Metadata) -> String {
        var line = JSONObject()
        line["time"] = .string(time)
        line["level"] = .string("\(event.level)")
        line["message"] = .string(event.message.description)
        line["logger"] = .string(label)
        for (key, value) in values.sorted(by: { $0.key < $1.key }) {
            // A value does not take the place of what every line has.
            line[line[key] == nil ? key : "\(key)_"] = Self.json(value)
        }
        return JSON.object(line).serialized() + "\n"
    }

    private static func json(_ value: Logger.Metadata.Value) -> JSON {
        switch value {
        case .string(let text): .string(text)
        case .stringConvertible(let value): .string(value.description)
        case .array(let values): .array(values.map(json))
        case .dictionary(let values): .object(JSONObject(values.mapValues(json)))
        }
    }

    /// A value as it is, or between quotes if its end would be ambiguous.
    private static func quoted(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 != UInt8(ascii: "\"") && $0 != 0x7f }
        return isPlain && !text.isEmpty ? text : JSON.string(text).serialized()
    }

    /// What others send is part of messages: no line of theirs begins a line of ours.
    private static func oneLine(_ text: String) -> String {
        var line = ""
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 10: line += "\\n"
            case ..<0x20, 0x7f: line += " "
            default: line.unicodeScalars.append(scalar)
            }
        }
        return line
    }

    private static func writeToStandardError(_ line: String) {
        var line = line
        line.withUTF8 { _ = Glibc.write(2, $0.baseAddress, $0.count) }
    }
}
