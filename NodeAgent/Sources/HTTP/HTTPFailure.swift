// SPDX-License-Identifier: Apache-2.0

internal import AsyncHTTPClient
internal import LinuxCore
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// What an exchange with a server that failed means, in words for an operator.
struct HTTPFailure {
    let host: String
    let port: Int
    let tls: TLSSettings

    /// The reason of a failure.
    ///
    /// - Parameter limit: How long the answer was waited for.
    func reason(_ error: any Error, limit: Duration) async -> String {
        switch error {
        case let error as HTTPClientError: words(of: error, limit: limit)
        case is ChannelError: "the server closed the connection"
        case let error as IOError: SystemError.text(of: error.errnoCode)
        case let error as NIOConnectionError: words(of: error)
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError: await reason(ofTLS: error)
        default: "\(error)"
        }
    }

    private func words(of error: HTTPClientError, limit: Duration) -> String {
        switch error {
        case .connectTimeout: "no connection within \(HTTPConnections.connectLimit)"
        case .tlsHandshakeTimeout:
            "no TLS handshake within \(HTTPConnections.connectLimit): the server hangs, or does not speak TLS"
        case .deadlineExceeded, .readTimeout: "no answer within \(limit)"
        case .remoteConnectionClosed: "the server closed the connection"
        default: error.shortDescription
        }
    }

    private func words(of error: NIOConnectionError) -> String {
        let reasons = error.connectionErrors.map { failure in
            (failure.error as? IOError).map { SystemError.text(of: $0.errnoCode) }
                ?? (failure.error is ChannelError
                    ? "no connection within \(HTTPConnections.connectLimit)" : "\(failure.error)")
        }
        if let first = reasons.first { return first }
        return "the name \(host) cannot be resolved"
    }

    private func reason(ofTLS error: any Error) async -> String {
        // Only BoringSSL's names of errors distinguish them.
        let text = "\(error)"
        func has(_ names: String...) -> Bool { names.contains { text.contains($0) } }
        if has("failedToValidateHostname") {
            let names = await CertificateInspection(host: host, port: port).names()
            let list = names.isEmpty ? "other names" : names.joined(separator: ", ")
            return "the server's certificate is for \(list) and not for \(host)"
        }
        if has("CERTIFICATE_VERIFY_FAILED", "unableToValidateCertificate") {
            if let mistake = await CertificateInspection(host: host, port: port).mistakenDate() {
                return "the server's certificate \(mistake)"
            }
            return "the server's certificate is not signed by an authority of \(authorities)"
        }
        if has("CERTIFICATE_EXPIRED") { return "the server says that our certificate\(own) has expired" }
        if has(
            "UNKNOWN_CA", "BAD_CERTIFICATE", "CERTIFICATE_UNKNOWN", "CERTIFICATE_REQUIRED",
            "CERTIFICATE_REVOKED",
            "ACCESS_DENIED", "HANDSHAKE_FAILURE", "UNSUPPORTED_CERTIFICATE", "DECRYPT_ERROR")
        {
            return tls.hasCertificate
                ? "the server refuses our certificate\(own): its authority has to be one that the server knows"
                : "the server wants a certificate of ours, and none is configured"
        }
        if has("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNEXPECTED_RECORD", "UNEXPECTED_MESSAGE") {
            return "the server does not speak TLS: its URL begins with http:// if that is meant to be so"
        }
        if has("PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL") {
            return "the server speaks no version of TLS that is spoken here (1.2 and later)"
        }
        if has("EOF", "uncleanShutdown", "syscallError", "zeroReturn") {
            return "the server ended the TLS connection: it refuses our certificate, or does not speak TLS"
        }
        return "TLS failed: \(Self.names(in: text))"
    }

    private var authorities: String {
        tls.authorities ?? (tls.authoritiesText == nil ? "the system" : "the configured certificate")
    }

    private var own: String { tls.certificate.map { " \($0)" } ?? "" }

    /// BoringSSL's names of errors, without its paths.
    private static func names(in text: String) -> String {
        let names = text.matches(of: /[A-Z][A-Z0-9]+(_[A-Z0-9]+)+/).map { String($0.output.0) }
        return names.isEmpty ? "for an unknown reason" : names.joined(separator: ", ")
    }
}

extension DefaultStringInterpolation {
    /// A time limit as people write it: `10 s`.
    mutating func appendInterpolation(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let thousandths = attoseconds / 1_000_000_000_000_000
        appendLiteral(thousandths == 0 ? "\(seconds) s" : "\(seconds * 1000 + thousandths) ms")
    }
}
