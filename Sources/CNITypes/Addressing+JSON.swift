// SPDX-License-Identifier: Apache-2.0

extension IPAddress: Decodable {
    /// Decodes `10.1.0.5` or `fd00::5`.
    public init(from decoder: any Decoder) throws {
        self = try decoder.decodeText("an IP address") { IPAddress($0) }
    }
}

extension IPPrefix: Decodable {
    /// Decodes `10.1.0.5/24` or `fd00::5/64`, with its host bits.
    public init(from decoder: any Decoder) throws {
        self = try decoder.decodeText("an address with a prefix length") { IPPrefix($0) }
    }
}

extension MACAddress: Decodable {
    /// Decodes `02:00:5e:10:00:01`.
    public init(from decoder: any Decoder) throws {
        self = try decoder.decodeText("a MAC address") { MACAddress($0) }
    }
}

extension SpecVersion: Decodable {
    /// Decodes `1.1.0`.
    public init(from decoder: any Decoder) throws {
        self = try decoder.decodeText("a version") { SpecVersion($0) }
    }
}

extension JSON {
    /// An address as a string.
    public init(_ address: IPAddress) { self = .string(address.description) }
    /// An address with its prefix length as a string.
    public init(_ prefix: IPPrefix) { self = .string(prefix.description) }
    /// A MAC address as a string.
    public init(_ address: MACAddress) { self = .string(address.description) }
    /// A version as a string.
    public init(_ version: SpecVersion) { self = .string(version.description) }
}

extension Decoder {
    /// Decodes a string that `parse` makes a value of, or says that it is not `name`.
    func decodeText<T>(_ name: String, _ parse: (String) -> T?) throws -> T {
        let text = try singleValueContainer().decode(String.self)
        guard let value = parse(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: codingPath, debugDescription: "\"\(text)\" is not \(name)"))
        }
        return value
    }
}
