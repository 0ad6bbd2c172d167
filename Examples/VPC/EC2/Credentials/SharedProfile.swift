// SPDX-License-Identifier: Apache-2.0

/// A profile of AWS's shared files, `~/.aws/credentials` and `~/.aws/config`.
///
/// See https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html.
struct SharedProfile: Sendable {
    /// The profile's name.
    let name: String
    /// Whether one of the files has it.
    let exists: Bool
    /// Whether somebody has asked for it by name.
    let isAskedFor: Bool
    private let values: [String: String]
    /// The settings of services, `ec2.endpoint_url`, that it refers to.
    private let services: [String: String]

    /// A setting; nil if there is none, or an empty one.
    subscript(key: String) -> String? { values.value(key) }

    /// A setting of a service: `service("ec2", "endpoint_url")`.
    func service(_ service: String, _ key: String) -> String? { services.value("\(service).\(key)") }

    /// Reads the profile that `AWS_PROFILE` names, or `default`.
    ///
    /// - Throws: ``CredentialsError`` for a file that cannot be read.
    init(_ environment: [String: String]) throws(CredentialsError) {
        let asked = environment.value("AWS_PROFILE") ?? environment.value("AWS_DEFAULT_PROFILE")
        name = asked ?? "default"
        isAskedFor = asked != nil
        let credentials = try Self.sections(environment, "AWS_SHARED_CREDENTIALS_FILE", "credentials")
        let config = try Self.sections(environment, "AWS_CONFIG_FILE", "config")
        let secret = credentials[name]
        let other = config["profile \(name)"] ?? (name == "default" ? config[name] : nil)
        exists = secret != nil || other != nil
        values = (other ?? [:]).merging(secret ?? [:]) { $1 }
        services = values.value("services").flatMap { config["services \($0)"] } ?? [:]
    }

    private static func sections(
        _ environment: [String: String], _ variable: String, _ file: String
    ) throws(CredentialsError) -> [String: [String: String]] {
        let home = environment.value("HOME")
        let usual = home.map { "\($0)/.aws/\(file)" }
        guard var path = environment.value(variable) ?? usual else { return [:] }
        if path.hasPrefix("~/"), let home { path = home + path.dropFirst() }
        guard let text = try TextFile.contentIfThere(path) else { return [:] }
        return Self.sections(text)
    }

    /// The sections of a file. A setting in a setting has both names: `ec2.endpoint_url`.
    static func sections(_ text: String) -> [String: [String: String]] {
        var sections: [String: [String: String]] = [:]
        var section: String?
        var outer: String?
        for line in text.split(whereSeparator: \.isNewline) {
            let content = line.trimmed
            guard !content.isEmpty, !content.hasPrefix("#"), !content.hasPrefix(";") else { continue }
            if content.hasPrefix("[") {
                let name = content.dropFirst().prefix { $0 != "]" }.split(separator: " ").joined(
                    separator: " ")
                section = name
                outer = nil
                sections[name, default: [:]].merge([:]) { $1 }
                continue
            }
            guard let section, let equals = content.firstIndex(of: "=") else { continue }
            let key = content[..<equals].trimmed.lowercased()
            var value = content[content.index(after: equals)...].trimmed
            // A comment behind a value begins with a blank.
            for mark in [" #", " ;"] {
                if let range = value.firstRange(of: mark) { value = value[..<range.lowerBound].trimmed }
            }
            let isInner = line.first?.isWhitespace ?? false
            if isInner, let outer {
                sections[section, default: [:]]["\(outer).\(key)"] = String(value)
            } else {
                outer = value.isEmpty ? key : nil
                sections[section, default: [:]][key] = String(value)
            }
        }
        return sections
    }
}

extension StringProtocol {
    /// The text without blanks around it.
    fileprivate var trimmed: Substring {
        let start = firstIndex { !$0.isWhitespace } ?? endIndex
        let end = lastIndex { !$0.isWhitespace }.map { index(after: $0) } ?? start
        return Substring(self[start..<end])
    }
}
