// SPDX-License-Identifier: Apache-2.0

public import NodeAgentCore
internal import NIOSSL

/// Whom to trust as a server, and how to prove who we are.
public struct TLSSettings: Hashable, Sendable {
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

    /// Reads and checks the files.
    ///
    /// - Throws: ``AgentError/Code/notConfigured`` with the file.
    public func validate() throws(AgentError) { _ = try context() }

    var hasCertificate: Bool { certificate != nil || certificateText != nil }

    /// The settings as the TLS library takes them; reads and checks the files.
    ///
    /// - Throws: ``AgentError/Code/notConfigured`` with the file.
    func configuration() throws(AgentError) -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        if trustsAnyServer { tls.certificateVerification = .none }
        if let certificates = try certificates(authorities, authoritiesText) {
            tls.trustRoots = .certificates(certificates)
        }
        if let chain = try certificates(certificate, certificateText) {
            tls.certificateChain = chain.map { .certificate($0) }
            guard let key = try privateKey() else {
                throw AgentError(.notConfigured, "\(certificate ?? "our certificate"): its key is not named")
            }
            tls.privateKey = .privateKey(key)
        }
        return tls
    }

    /// What connections are made with.
    ///
    /// - Throws: ``AgentError/Code/notConfigured`` for a key that is not the certificate's.
    func context() throws(AgentError) -> NIOSSLContext {
        let configuration = try configuration()
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw AgentError(
                .notConfigured,
                "\(key ?? "our key") is not the key of \(certificate ?? "our certificate")")
        }
    }

    private func certificates(
        _ path: String?, _ text: [UInt8]?
    ) throws(AgentError) -> [NIOSSLCertificate]? {
        guard let bytes = try content(path, text) else { return nil }
        guard let certificates = try? NIOSSLCertificate.fromPEMBytes(bytes), !certificates.isEmpty else {
            throw AgentError(.notConfigured, "\(path ?? "certificate"): not PEM certificates")
        }
        return certificates
    }

    private func privateKey() throws(AgentError) -> NIOSSLPrivateKey? {
        guard let bytes = try content(key, keyText) else { return nil }
        guard let key = try? NIOSSLPrivateKey(bytes: bytes, format: .pem) else {
            throw AgentError(
                .notConfigured, "\(self.key ?? "key"): not a PEM key without a passphrase")
        }
        return key
    }

    private func content(_ path: String?, _ text: [UInt8]?) throws(AgentError) -> [UInt8]? {
        if let text { return text }
        return try path.map { path throws(AgentError) in try InputFile.content(of: path) }
    }
}
