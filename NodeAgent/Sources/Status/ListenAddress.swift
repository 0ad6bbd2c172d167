// SPDX-License-Identifier: Apache-2.0

public import CNITypes
internal import LinuxCore
internal import NIOCore
public import NodeAgentCore

/// An address and a TCP port to listen at.
public struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
    /// The address of an interface, or the unspecified one for all.
    public let address: IPAddress
    /// The port; 0 for any that is free.
    public let port: UInt16

    /// Creates an address.
    public init(address: IPAddress, port: UInt16) {
        self.address = address
        self.port = port
    }

    /// Reads `ADDRESS:PORT`, `[ADDRESS]:PORT` or `:PORT`; nil for something else.
    public init?(_ text: String) {
        guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")),
            let port = UInt16(text[text.utf8.index(after: colon)...])
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard let address = host.isEmpty ? IPAddress.unspecified(.v6) : IPAddress(String(host)) else {
            return nil
        }
        self.init(address: address, port: port)
    }

    /// `127.0.0.1:8081`, `[::1]:8081`.
    public var description: String {
        address.family == .v6 ? "[\(address)]:\(port)" : "\(address):\(port)"
    }

    /// Why nothing can listen there, in a sentence for an operator.
    ///
    /// - Parameter option: By what the address is set: `--status-address`.
    public func failure(_ error: any Error, option: String) -> AgentError {
        let reason: String
        switch (error as? IOError)?.errnoCode {
        case 98:  // EADDRINUSE
            reason = "another process listens there (`ss -ltnp` shows which): stop it or set another port"
        case 99:  // EADDRNOTAVAIL
            reason = "no interface of this node has the address \(address)"
        case 13, 1:  // EACCES, EPERM
            reason = "not allowed: ports below 1024 are for root and for who has CAP_NET_BIND_SERVICE"
        case 97:  // EAFNOSUPPORT
            reason = "this kernel has no IPv6: set an IPv4 address"
        case let code?: reason = SystemError.text(of: code)
        case nil: reason = "\(error)"
        }
        return AgentError(.notConfigured, "\(option) \(self): cannot listen: \(reason)")
    }
}
