// SPDX-License-Identifier: Apache-2.0

/// The parameters of a call in AWS's Query protocol: names and values, lists numbered from 1.
///
/// See https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html.
struct QueryParameters: Hashable, Sendable {
    private(set) var pairs: [(name: String, value: String)]

    /// Begins with the name of the call and the version of the API.
    init(action: String, version: String) {
        pairs = [("Action", action), ("Version", version)]
    }

    /// Adds a parameter; nil is left out.
    mutating func set(_ name: String, _ value: String?) {
        if let value { pairs.append((name, value)) }
    }

    /// Adds a number; nil is left out.
    mutating func set(_ name: String, _ value: Int?) { set(name, value.map { String($0) }) }

    /// Adds `true` or `false`; nil is left out.
    mutating func set(_ name: String, _ value: Bool?) { set(name, value.map { $0 ? "true" : "false" }) }

    /// Adds a list: `SecurityGroupId.1`, or with a member `Ipv6Addresses.1.Ipv6Address`.
    mutating func list(_ name: String, _ values: [String], member: String? = nil) {
        for (index, value) in values.enumerated() {
            set("\(name).\(index + 1)" + (member.map { ".\($0)" } ?? ""), value)
        }
    }

    /// Adds tags in the order of their keys, so that the same call is the same text: `Tag.1.Key`, `Tag.1.Value`.
    mutating func tags(_ name: String, _ tags: [String: String]) {
        for (index, tag) in tags.sorted(by: { $0.key < $1.key }).enumerated() {
            set("\(name).\(index + 1).Key", tag.key)
            set("\(name).\(index + 1).Value", tag.value)
        }
    }

    /// Adds what is to be described.
    mutating func select(_ selection: Selection, idName: String) {
        switch selection {
        case .ids(let ids): list(idName, ids)
        case .matching(let filters):
            for (index, filter) in filters.enumerated() {
                set("Filter.\(index + 1).Name", filter.name)
                list("Filter.\(index + 1).Value", filter.values)
            }
        }
    }

    /// The body of the request, in `application/x-www-form-urlencoded`.
    var body: String {
        pairs.map { FormEncoding.encode($0.name) + "=" + FormEncoding.encode($0.value) }.joined(
            separator: "&")
    }

    static func == (left: QueryParameters, right: QueryParameters) -> Bool { left.body == right.body }

    func hash(into hasher: inout Hasher) { hasher.combine(body) }
}

/// Percent encoding as AWS has it: everything but RFC 3986's unreserved characters, a blank as `%20`.
enum FormEncoding {
    static func encode(_ text: String) -> String {
        var encoded: [UInt8] = []
        encoded.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
                UInt8(ascii: "."), UInt8(ascii: "~"):
                encoded.append(byte)
            default:
                encoded += [UInt8(ascii: "%"), digit(byte >> 4), digit(byte & 15)]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }
}
