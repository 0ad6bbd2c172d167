// SPDX-License-Identifier: Apache-2.0

import Addressing
import VPCModel

/// The parameters of a call; what nobody has asked for in the end is refused.
struct QueryParameters {
    private let values: [String: String]
    private var asked: Set<String> = ["Action", "Version", "DryRun"]

    init(_ pairs: [(name: String, value: String)]) {
        values = Dictionary(pairs.map { ($0.name, $0.value) }) { $1 }
    }

    /// All names and values, for the call log.
    var all: [String: String] { values }

    /// Whether the call only asks if it would be admitted.
    var isDryRun: Bool { values["DryRun"] == "true" }

    mutating func text(_ name: String) -> String? {
        asked.insert(name)
        return values[name]
    }

    mutating func required(_ name: String) throws(EC2Error) -> String {
        guard let value = text(name), !value.isEmpty else {
            throw .missing(name.prefix(1).lowercased() + name.dropFirst())
        }
        return value
    }

    mutating func int(_ name: String) throws(EC2Error) -> Int? {
        guard let text = text(name) else { return nil }
        guard let number = Int(text) else { throw Self.invalid(text, name) }
        return number
    }

    mutating func bool(_ name: String) throws(EC2Error) -> Bool? {
        switch text(name)?.lowercased() {
        case nil: return nil
        case "true": return true
        case "false": return false
        case let other?: throw Self.invalid(other, name)
        }
    }

    mutating func address(_ name: String, _ family: IPAddress.Family) throws(EC2Error) -> IPAddress? {
        guard let text = text(name) else { return nil }
        guard let address = IPAddress(text), address.family == family else { throw Self.invalid(text, name) }
        return address
    }

    mutating func prefix(_ name: String) throws(EC2Error) -> IPPrefix? {
        guard let text = text(name) else { return nil }
        guard let prefix = IPPrefix(text) else {
            throw .invalidValue(
                "Value (\(text)) for parameter \(name.prefix(1).lowercased() + name.dropFirst()) is invalid. This is not "
                    + "a valid CIDR block.")
        }
        return prefix
    }

    /// The values of `name.1`, `name.2` and so on, by number.
    mutating func list(_ name: String) -> [String] { items(name).compactMap { text($0) } }

    /// A list of addresses.
    mutating func addresses(
        _ name: String, _ family: IPAddress.Family, member: String = ""
    ) throws(EC2Error) -> [IPAddress] {
        var addresses: [IPAddress] = []
        for item in items(name) {
            if let address = try address(item + member, family) { addresses.append(address) }
        }
        return addresses
    }

    /// A list of prefixes.
    mutating func prefixes(_ name: String, member: String = "") throws(EC2Error) -> [IPPrefix] {
        var prefixes: [IPPrefix] = []
        for item in items(name) {
            if let prefix = try prefix(item + member) { prefixes.append(prefix) }
        }
        return prefixes
    }

    /// The beginnings of the members of a list, such as `Filter.1`, by number.
    func items(_ name: String) -> [String] {
        var numbers: Set<Int> = []
        for key in values.keys where key.hasPrefix(name + ".") {
            let number = key.dropFirst(name.count + 1).prefix { $0 != "." }
            if let number = Int(number), number >= 0 { numbers.insert(number) }
        }
        return numbers.sorted().map { "\(name).\($0)" }
    }

    /// Reads parameters that do not matter here: what they begin with.
    mutating func ignore(_ beginnings: String...) {
        for key in values.keys
        where beginnings.contains(where: { key == $0 || key.hasPrefix($0 + ".") }) { asked.insert(key) }
    }

    /// The filters, identifiers and page of a Describe.
    mutating func describeRequest(ids: String? = nil) throws(EC2Error) -> DescribeRequest {
        var request = DescribeRequest()
        if let ids { request.ids = list(ids) }
        for item in items("Filter") {
            request.filters.append(Filter(try required(item + ".Name"), list(item + ".Value")))
        }
        request.maxResults = try int("MaxResults")
        request.nextToken = text("NextToken")
        return request
    }

    /// The tags of one kind of resource in `TagSpecification`.
    mutating func tags(of kind: ResourceKind) throws(EC2Error) -> [String: String] {
        var tags: [String: String] = [:]
        for item in items("TagSpecification") {
            let isWanted = text(item + ".ResourceType") == kind.rawValue
            for tag in items(item + ".Tag") {
                let (key, value) = (text(tag + ".Key"), text(tag + ".Value") ?? "")
                guard isWanted else { continue }
                guard let key else { throw .missing("Tag.Key") }
                guard tags.updateValue(value, forKey: key) == nil else {
                    throw .invalidValue("Duplicate tag key '\(key)' specified.")
                }
            }
        }
        return tags
    }

    /// Refuses what nobody has asked for: a misspelt parameter, or one that the simulator does not have.
    func checkAllAsked() throws(EC2Error) {
        guard let unknown = values.keys.filter({ !asked.contains($0) }).min() else { return }
        throw EC2Error("UnknownParameter", "The parameter \(unknown) is not recognized")
    }

    private static func invalid(_ value: String, _ name: String) -> EC2Error {
        .invalidValue(
            "Value (\(value)) for parameter \(name.prefix(1).lowercased() + name.dropFirst()) is invalid.")
    }
}
