// SPDX-License-Identifier: Apache-2.0

/// A failure as CNI plugins report it: an error code, a message, and details where there are some.
///
/// CNI specification 1.1.0, section 5, "Error".
public struct CNIError: Error, Sendable {
    /// The number that tells callers what kind of failure it is.
    ///
    /// Numbers below 100 are the specification's, numbers from ``firstPluginCode`` on are the plugins' own.
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// The number.
        public let rawValue: UInt32

        /// Creates a code from its number.
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// 1: the configuration's version is none that the plugin supports.
        public static let incompatibleVersion = Code(rawValue: 1)
        /// 2: a field of the configuration is not supported; the message holds its key and value.
        public static let unsupportedField = Code(rawValue: 2)
        /// 3: the container is unknown or does not exist; the caller need not clean up.
        public static let unknownContainer = Code(rawValue: 3)
        /// 4: a necessary environment variable is missing or invalid; the message holds its name.
        public static let invalidEnvironment = Code(rawValue: 4)
        /// 5: input or output failed, such as reading the configuration from standard input.
        public static let ioFailure = Code(rawValue: 5)
        /// 6: content could not be decoded, such as a configuration that is not JSON.
        public static let decodingFailure = Code(rawValue: 6)
        /// 7: the network configuration is invalid.
        public static let invalidConfiguration = Code(rawValue: 7)
        /// 8: the network namespace is not the container's.
        ///
        /// The reference implementation's, not the specification's.
        public static let invalidNetworkNamespace = Code(rawValue: 8)
        /// 11: a condition that will pass; the caller should try again later.
        public static let tryAgainLater = Code(rawValue: 11)
        /// 50: the plugin cannot serve ADD requests (STATUS).
        public static let pluginNotAvailable = Code(rawValue: 50)
        /// 51: as 50, and containers that exist may have limited connectivity (STATUS).
        public static let limitedConnectivity = Code(rawValue: 51)
        /// 999: a failure that nobody classified.
        ///
        /// The reference implementation's, not the specification's.
        public static let internalError = Code(rawValue: 999)
        /// 100: the first code that plugins may give a meaning of their own.
        public static let firstPluginCode = Code(rawValue: 100)
    }

    /// What kind of failure it is.
    public var code: Code
    /// What was attempted, if that is to be said before ``place``.
    public private(set) var attempt: String?
    /// What in a configuration, or another JSON document, it is about; nil if it is about none, and for an error that
    /// another program reported.
    public private(set) var place: JSONPath?
    /// What is wrong, in a line that names neither ``attempt`` nor ``place``.
    public private(set) var reason: String
    /// More about it, if there is more.
    public var details: String?

    /// Creates an error.
    public init(_ code: Code, _ reason: String, details: String? = nil) {
        self.code = code
        self.reason = reason
        self.details = details
    }

    /// Creates an error about a value in a document, as in `CNIError(.invalidConfiguration, at: "mtu", "is negative")`.
    public init(_ code: Code, at place: JSONPath, _ reason: String, details: String? = nil) {
        self.init(code, reason, details: details)
        self.place = place.isDocument ? nil : place
    }

    /// What was attempted, on what, and what is wrong, in a line.
    public var message: String {
        var text = reason
        // Said once: some messages are the reference plugins', with the place in the details.
        if let place = place?.description, place != details { text = "\(place): \(text)" }
        if let attempt { text = "\(attempt): \(text)" }
        return text
    }

    /// This error about a document that is at `place` of another one.
    public func within(_ place: JSONPath) -> CNIError {
        var error = self
        error.place = self.place.map { place.appending($0) } ?? place
        return error
    }

    /// This error as that of something larger that was attempted, or of a file, which is said once.
    public func during(_ attempt: String) -> CNIError {
        if says(attempt) { return self }
        var error = self
        error.attempt = self.attempt.map { "\(attempt): \($0)" } ?? attempt
        return error
    }

    /// Whether the message has a text in it.
    ///
    /// By bytes: `contains(_:)` of a string would bring the standard library's parser of regular expressions into every
    /// plugin, a tenth of its executable.
    private func says(_ text: String) -> Bool {
        let message = message.utf8
        return message.indices.contains { message[$0...].starts(with: text.utf8) }
    }
}

extension CNIError: Hashable {
    /// Whether the errors say the same: one that went through a pipe has its place in its text.
    public static func == (one: CNIError, other: CNIError) -> Bool {
        one.code == other.code && one.message == other.message && one.details == other.details
    }

    /// Hashes what the error says.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(code)
        hasher.combine(message)
        hasher.combine(details)
    }
}

extension CNIError: CustomStringConvertible {
    /// The message, with the details behind it.
    public var description: String {
        guard let details, !details.isEmpty else { return message }
        return "\(message): \(details)"
    }
}

extension CNIError {
    /// Does something whose failure is reported as an ``Code/ioFailure`` with the failure's own words.
    ///
    /// - Parameter attempted: What could not be done, with the failure's words as details; nil for these alone.
    @inlinable
    public static func wrapping<Value: ~Copyable, Failure: Error & CustomStringConvertible>(
        _ attempted: String? = nil, _ body: () throws(Failure) -> Value
    ) throws(CNIError) -> Value {
        do throws(Failure) {
            return try body()
        } catch {
            throw CNIError(
                .ioFailure, attempted ?? error.description,
                details: attempted == nil ? nil : error.description)
        }
    }

    /// The document that a failing plugin prints.
    ///
    /// - Parameter version: the version of the configuration, else the newest the plugin knows.
    public func json(version: SpecVersion) -> JSON {
        var members: JSONObject = [
            "cniVersion": JSON(version), "code": JSON(code.rawValue), "msg": .string(message),
        ]
        if let details, !details.isEmpty { members["details"] = .string(details) }
        return .object(members)
    }

    /// Reads the document that a failing plugin printed, or returns nil if it is not one.
    ///
    /// A document without `cniVersion` is one, for the reference implementation prints no other.
    public init?(json: JSON) {
        guard let number = json["code"]?.int, let code = UInt32(exactly: number) else { return nil }
        let details = json["details"]?.string ?? ""
        self.init(
            Code(rawValue: code), json["msg"]?.string ?? "", details: details.isEmpty ? nil : details)
    }
}
