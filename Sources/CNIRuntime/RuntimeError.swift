// SPDX-License-Identifier: Apache-2.0

public import CNITypes

/// An operation of the runtime that failed: on what, in which plugin, why, and what else went wrong.
public struct RuntimeError: Error, Hashable, Sendable {
    /// The kind of failure, for programs.
    public struct Reason: RawRepresentable, Hashable, Sendable {
        /// The name.
        public let rawValue: String

        /// Creates a reason from its name.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The plugin answered with an error document, which is the ``RuntimeError/error``.
        public static let refused = Reason(rawValue: "refused")
        /// The plugin failed, or was ended by a signal, without an error document.
        public static let failed = Reason(rawValue: "failed")
        /// The plugin succeeded, but its answer cannot be understood or is too long.
        public static let badAnswer = Reason(rawValue: "badAnswer")
        /// The plugin did not end within its time limit; its process group was ended.
        public static let timedOut = Reason(rawValue: "timedOut")
        /// The task was cancelled; the plugin's process group was ended.
        public static let cancelled = Reason(rawValue: "cancelled")
        /// There is no executable of the plugin's name in the plugin folders.
        public static let notFound = Reason(rawValue: "notFound")
        /// The plugin's executable could not be started.
        public static let notStarted = Reason(rawValue: "notStarted")
        /// The configuration or the request is not valid, or asks for what its version does not have.
        public static let invalid = Reason(rawValue: "invalid")
        /// The attachment is there already (ADD) or is not (CHECK).
        public static let wrongState = Reason(rawValue: "wrongState")
        /// The result cache or its lock failed.
        public static let cache = Reason(rawValue: "cache")
    }

    /// The kind of failure.
    public var reason: Reason
    /// What went wrong, with the CNI code of the failing plugin where it gave one.
    public var error: CNIError
    /// The verb during which it did.
    public var command: Command?
    /// The network.
    public var network: String?
    /// The failing plugin's type, if it was one.
    public var plugin: String?
    /// The exit status of the failing plugin; nil if it did not end by itself.
    public var exitStatus: Int32?
    /// What the failing plugin wrote on its standard error, its end if that was long.
    public var diagnostics: String
    /// What failed besides: further plugins of a DEL or GC, and of the DEL that undoes a failed ADD.
    public var others: [RuntimeError]

    /// Creates an error.
    public init(
        _ reason: Reason, _ error: CNIError, command: Command? = nil, network: String? = nil,
        plugin: String? = nil, exitStatus: Int32? = nil, diagnostics: String = "", others: [RuntimeError] = []
    ) {
        self.reason = reason
        self.error = error
        self.command = command
        self.network = network
        self.plugin = plugin
        self.exitStatus = exitStatus
        self.diagnostics = diagnostics
        self.others = others
    }

    /// The error's CNI code.
    public var code: CNIError.Code { error.code }

    /// This failure as a plugin would report it: the same code, everything else in words.
    public var cniError: CNIError {
        var details: [String] = []
        if let own = error.details, !own.isEmpty { details.append(own) }
        details += notes
        return CNIError(
            error.code, headline, details: details.isEmpty ? nil : details.joined(separator: "\n"))
    }
}

extension RuntimeError: CustomStringConvertible {
    /// `ADD of network "net": plugin "bridge": no address left`, and below it what the plugin logged and the others.
    public var description: String {
        let details = error.details.map { $0.isEmpty ? "" : ": \($0)" } ?? ""
        return (["\(headline)\(details)"] + notes).joined(separator: "\n")
    }

    private var headline: String {
        var place = command.map { [$0.rawValue] } ?? []
        if let network { place.append("network \"\(network)\"") }
        var parts = place.isEmpty ? [] : [place.joined(separator: " of ")]
        if let plugin { parts.append("plugin \"\(plugin)\"") }
        return (parts + [error.message.isEmpty ? "failed with code \(code.rawValue)" : error.message])
            .joined(separator: ": ")
    }

    private var notes: [String] {
        var notes: [String] = []
        if !diagnostics.isEmpty { notes.append("standard error: \(diagnostics)") }
        for other in others { notes.append("also: \(other)") }
        return notes
    }
}

extension RuntimeError {
    /// One error of several, or nil of none; the first is the main one.
    static func joined(_ errors: [RuntimeError]) -> RuntimeError? {
        guard var first = errors.first else { return nil }
        first.others += errors.dropFirst()
        return first
    }
}
