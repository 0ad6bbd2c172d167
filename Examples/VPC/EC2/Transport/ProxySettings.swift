// SPDX-License-Identifier: Apache-2.0

internal import CNITypes

/// A proxy on the way to AWS, and what it is not for: `HTTPS_PROXY` and `NO_PROXY`.
public struct ProxySettings: Hashable, Sendable {
    /// The proxy's host.
    public let host: String
    /// The proxy's port.
    public let port: Int
    /// What is reached without it: names with all below them, addresses, networks, or `*` for everything.
    public let exceptions: [String]

    /// Reads the variables, in capitals or not; nil if there is no proxy.
    ///
    /// - Throws: ``AWSAccessError`` for a proxy that is not `http://HOST[:PORT]`.
    public init?(_ variables: [String: String]) throws(AWSAccessError) {
        guard let text = variables.value("HTTPS_PROXY") ?? variables.value("https_proxy") else { return nil }
        guard let parts = Endpoint.Parts(text.contains("://") ? text : "http://\(text)"),
            parts.scheme == "http",
            ["", "/"].contains(parts.rest)
        else {
            throw AWSAccessError(
                "HTTPS_PROXY is not of the form http://HOST:PORT; a password, or TLS to the proxy, is not supported"
            )
        }
        host = parts.name
        port = parts.port ?? 80
        let list = variables.value("NO_PROXY") ?? variables.value("no_proxy") ?? ""
        exceptions = list.split { $0 == "," || $0.isWhitespace }.map { $0.lowercased() }
    }

    /// Whether a host is reached by the proxy.
    func isUsed(for name: String) -> Bool {
        let address = IPAddress(name)
        return !exceptions.contains { exception in
            if exception == "*" { return true }
            if let address {
                return IPAddress(exception) == address || IPPrefix(exception)?.contains(address) ?? false
            }
            let domain = exception.hasPrefix(".") ? String(exception.dropFirst()) : exception
            return name == domain || name.hasSuffix(".\(domain)")
        }
    }
}
