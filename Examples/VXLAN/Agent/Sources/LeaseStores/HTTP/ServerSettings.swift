// SPDX-License-Identifier: Apache-2.0

internal import NIOSSL

/// How a server is spoken to, beside its address: whom to trust, and how to prove who we are.
public struct ServerSettings: Hashable, Sendable {
    /// A PEM file of the authorities that the server's certificate has to come from; nil for those of the system.
    public var authorities: String?
    /// The same as text, which kubeconfig files may have inside.
    public var authoritiesText: [UInt8]?
    /// A PEM file of our own certificate and those between it and the authority.
    public var certificate: String?
    /// The same as text.
    public var certificateText: [UInt8]?
    /// A PEM file of our own certificate's key.
    public var key: String?
    /// The same as text.
    public var keyText: [UInt8]?
    /// Whether any certificate is taken, as `insecure-skip-tls-verify` asks for.
    public var trustsAnyServer = false

    /// Creates settings: the system's authorities, and no certificate of our own.
    public init() {}

    /// The settings as the TLS library takes them; reads and checks the files.
    ///
    /// - Throws: ``LeaseStoreError/Code/notConfigured`` with the file.
    func tlsConfiguration() throws(LeaseStoreError) -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        if trustsAnyServer { tls.certificateVerification = .none }
        if let certificates = try certificates(authorities, authoritiesText) {
            tls.trustRoots = .certificates(certificates)
        }
        if let chain = try certificates(certificate, certificateText) {
            tls.certificateChain = chain.map { .certificate($0) }
            guard let key = try privateKey() else {
                throw LeaseStoreError(.notConfigured, "a certificate of our own needs a key")
            }
            tls.privateKey = .privateKey(key)
        }
        return tls
    }

    private func certificates(
        _ path: String?, _ text: [UInt8]?
    ) throws(LeaseStoreError) -> [NIOSSLCertificate]? {
        guard path != nil || text != nil else { return nil }
        do {
            if let text { return try NIOSSLCertificate.fromPEMBytes(text) }
            return try path.map { try NIOSSLCertificate.fromPEMFile($0) }
        } catch {
            throw LeaseStoreError(.notConfigured, "\(path ?? "certificate"): not PEM certificates: \(error)")
        }
    }

    private func privateKey() throws(LeaseStoreError) -> NIOSSLPrivateKey? {
        guard key != nil || keyText != nil else { return nil }
        do {
            if let keyText { return try NIOSSLPrivateKey(bytes: keyText, format: .pem) }
            return try key.map { try NIOSSLPrivateKey(file: $0, format: .pem) }
        } catch {
            throw LeaseStoreError(.notConfigured, "\(key ?? "key"): not a PEM key: \(error)")
        }
    }
}
