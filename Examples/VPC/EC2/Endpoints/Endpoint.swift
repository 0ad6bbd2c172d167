// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

/// Where a service of AWS is: the beginning of its URLs.
public struct Endpoint: Hashable, Sendable, CustomStringConvertible {
    /// The URL of requests: `https://ec2.eu-central-1.amazonaws.com/`.
    public let url: String
    /// The host, as the header `host` has it: with the port if it is not the scheme's usual one.
    let host: String

    /// The URL.
    public var description: String { url }

    /// The endpoint of a service in a region: `ec2` or `sts`.
    ///
    /// - Parameters:
    ///   - fips: Whether it is to be the one with cryptography validated for FIPS 140.
    ///   - dualStack: Whether it is to be the one with IPv6 addresses, too.
    public init(service: String, region: String, fips: Bool = false, dualStack: Bool = false) {
        let partition = Partition(region: region)
        let domain = dualStack ? partition.dualStackDomain : partition.domain
        // GovCloud's usual endpoints are validated ones.
        let isMarked = fips && (dualStack || partition.name != "aws-us-gov")
        host = "\(service)\(isMarked ? "-fips" : "").\(region).\(domain)"
        url = "https://\(host)/"
    }

    /// An endpoint at a URL; nil for what is not `http://HOST[:PORT][/]` or `https://…`.
    public init?(url text: String) {
        guard let parts = Parts(text), ["", "/"].contains(parts.rest) else { return nil }
        host = parts.host
        url = "\(parts.scheme)://\(host)/"
    }

    /// Whether a text may be a region: it becomes part of a host name.
    static func isRegion(_ text: String) -> Bool {
        1...64 ~= text.utf8.count && !text.hasPrefix("-") && !text.hasSuffix("-")
            && text.utf8.allSatisfy {
                UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0
                    || $0 == UInt8(ascii: "-")
            }
    }
}

extension Endpoint {
    /// The parts of a URL of http or https.
    struct Parts {
        let scheme: String
        /// The host's name or address, without brackets.
        let name: String
        /// The host as the header `host` has it.
        let host: String
        /// The path and what follows it.
        let rest: String

        /// Takes a URL to pieces; nil for one with a user, or that is none.
        init?(_ text: String) {
            guard text.utf8.allSatisfy({ 0x21...0x7e ~= $0 }), let url = URL(string: text),
                let scheme = url.scheme?.lowercased(), ["http", "https"].contains(scheme), url.user == nil,
                let host = url.host, !host.isEmpty
            else { return nil }
            let name = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
            self.scheme = scheme
            self.name = name.lowercased()
            let port = url.port.flatMap { $0 == (scheme == "https" ? 443 : 80) ? nil : ":\($0)" } ?? ""
            self.host = (name.contains(":") ? "[\(name)]" : name) + port
            rest =
                url.path + (url.query.map { "?\($0)" } ?? "") + (url.fragment.map { "#\($0)" } ?? "")
        }
    }
}
