// SPDX-License-Identifier: Apache-2.0

package import CNITesting

/// An authority, and certificates by it for a server on 127.0.0.1 and for a client, made by openssl(1).
package struct Certificates {
    package let authority, server, serverKey, client, clientKey: String

    package init(in folder: TemporaryFolder) throws {
        let authority = "\(folder.path)/authority.pem"
        let authorityKey = "\(folder.path)/authority-key.pem"
        try Program.run(
            [
                "/usr/bin/openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                "/CN=test authority", "-keyout", authorityKey, "-out", authority,
            ], in: folder)
        func certificate(_ name: String) throws -> (String, String) {
            let (certificate, key) = ("\(folder.path)/\(name).pem", "\(folder.path)/\(name)-key.pem")
            let request = "\(folder.path)/\(name).csr"
            try Program.run(
                [
                    "/usr/bin/openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=\(name)",
                    "-keyout", key, "-out", request,
                ], in: folder)
            let extensions = try folder.write(
                "\(name).ext", "subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n")
            try Program.run(
                [
                    "/usr/bin/openssl", "x509", "-req", "-days", "2", "-in", request, "-CA", authority,
                    "-CAkey",
                    authorityKey, "-CAcreateserial", "-extfile", extensions, "-out", certificate,
                ], in: folder)
            return (certificate, key)
        }
        self.authority = authority
        (server, serverKey) = try certificate("server")
        (client, clientKey) = try certificate("client")
    }
}
