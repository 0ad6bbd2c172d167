// SPDX-License-Identifier: Apache-2.0

public import CNITesting
internal import Glibc

/// An authority, and certificates by it for a server and for a client, made by openssl(1).
public struct Certificates: Sendable {
    /// What the certificates are like.
    public struct Shape: Sendable {
        /// The names and addresses that the server's is for, as openssl takes them.
        public var names = "IP:127.0.0.1"
        /// From when to when they are valid, in days from now; nil for two days from now on.
        public var validity: (from: Int, to: Int)?
        /// The client's subject.
        public var client = "/CN=client"

        /// Certificates for 127.0.0.1 that are valid.
        public init() {}
    }

    /// The files: PEM, without a passphrase.
    public let authority, server, serverKey, client, clientKey: String

    /// Makes them in a folder.
    public init(in folder: TemporaryFolder, _ shape: Shape = Shape()) throws {
        let authority = "\(folder.path)/authority.pem"
        let authorityKey = "\(folder.path)/authority-key.pem"
        let openssl = "/usr/bin/openssl"
        try Program.run(
            [
                openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                "/CN=test authority", "-keyout", authorityKey, "-out", authority,
            ], in: folder)
        func certificate(_ name: String, subject: String) throws -> (String, String) {
            let (certificate, key) = ("\(folder.path)/\(name).pem", "\(folder.path)/\(name)-key.pem")
            let request = "\(folder.path)/\(name).csr"
            try Program.run(
                [
                    openssl, "req", "-newkey", "rsa:2048", "-nodes", "-subj", subject, "-keyout", key, "-out",
                    request,
                ], in: folder)
            let extensions = try folder.write(
                "\(name).ext", "subjectAltName=\(shape.names)\nextendedKeyUsage=serverAuth,clientAuth\n")
            guard let validity = shape.validity else {
                try Program.run(
                    [
                        openssl, "x509", "-req", "-days", "2", "-in", request, "-CA", authority, "-CAkey",
                        authorityKey, "-CAcreateserial", "-extfile", extensions, "-out", certificate,
                    ], in: folder)
                return (certificate, key)
            }
            // Only `openssl ca` takes other days than those from now on.
            try folder.write("index", "")
            try folder.write("serial", "01\n")
            let configuration = try folder.write(
                "ca.cnf",
                """
                [ca]
                default_ca=test
                [test]
                database=\(folder.path)/index
                serial=\(folder.path)/serial
                new_certs_dir=\(folder.path)
                default_md=sha256
                policy=any
                [any]
                commonName=optional
                organizationName=optional
                """)
            try Program.run(
                [
                    openssl, "ca", "-batch", "-config", configuration, "-in", request, "-cert", authority,
                    "-keyfile", authorityKey, "-extfile", extensions, "-out", certificate, "-startdate",
                    Self.date(validity.from), "-enddate", Self.date(validity.to), "-notext",
                ], in: folder)
            return (certificate, key)
        }
        self.authority = authority
        (server, serverKey) = try certificate("server", subject: "/CN=server")
        (client, clientKey) = try certificate("client", subject: shape.client)
    }

    /// A day from now, as openssl takes it: `20260131120000Z`.
    private static func date(_ days: Int) -> String {
        var seconds = time_t(days) * 86400 + Glibc.time(nil)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        var text = [CChar](repeating: 0, count: 32)
        let count = strftime(&text, text.count, "%Y%m%d%H%M%SZ", &parts)
        return String(decoding: text[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
