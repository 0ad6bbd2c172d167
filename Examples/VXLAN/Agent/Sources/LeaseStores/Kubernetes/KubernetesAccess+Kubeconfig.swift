// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import Yams

extension KubernetesAccess {
    /// The access of a kubeconfig file's current context.
    ///
    /// Paths in it are relative to its folder. Programs that would have to be run for a token are refused.
    ///
    /// - Throws: ``LeaseStoreError/Code/notConfigured`` with the file and the path of the member.
    public static func kubeconfig(_ path: String) throws(LeaseStoreError) -> KubernetesAccess {
        let text = String(decoding: try TextFile.content(of: path), as: UTF8.self)
        do throws(LeaseStoreError) {
            return try KubeconfigReader(text, folder: URL(filePath: path).deletingLastPathComponent().path)
                .access()
        } catch {
            throw LeaseStoreError(error.code, "\(path): \(error.message)")
        }
    }
}

/// Reads a kubeconfig file.
///
/// See https://kubernetes.io/docs/reference/config-api/kubeconfig.v1.
private struct KubeconfigReader {
    /// A member with its path.
    struct Place {
        let node: Yams.Node?
        let path: String

        subscript(key: String) -> Place {
            Place(node: node?.mapping?[key], path: path.isEmpty ? key : "\(path).\(key)")
        }

        func failure(_ text: String) -> LeaseStoreError {
            LeaseStoreError(.notConfigured, "\(path): \(text)")
        }

        func text() throws(LeaseStoreError) -> String? {
            guard let node, !node.isNull else { return nil }
            guard let text = node.scalar?.string else { throw failure("not a string") }
            return text.isEmpty ? nil : text
        }

        func required() throws(LeaseStoreError) -> String {
            guard let text = try text() else { throw failure("missing") }
            return text
        }

        /// The bytes of a member in base64.
        func bytes() throws(LeaseStoreError) -> [UInt8]? {
            guard let text = try text() else { return nil }
            guard let data = Data(base64Encoded: text) else { throw failure("not base64") }
            return Array(data)
        }
    }

    let root: Place
    let folder: String

    init(_ text: String, folder: String) throws(LeaseStoreError) {
        do {
            root = Place(node: try Yams.compose(yaml: text), path: "")
        } catch {
            throw LeaseStoreError(.notConfigured, "not YAML: \(error)")
        }
        guard root.node?.mapping != nil else { throw LeaseStoreError(.notConfigured, "not a YAML mapping") }
        self.folder = folder
    }

    func access() throws(LeaseStoreError) -> KubernetesAccess {
        let current = try root["current-context"].required()
        let context = try member("contexts", current)["context"]
        let cluster = try member("clusters", try context["cluster"].required())["cluster"]
        var access = KubernetesAccess(server: try cluster["server"].required())
        access.settings.authorities = try file(cluster["certificate-authority"])
        access.settings.authoritiesText = try cluster["certificate-authority-data"].bytes()
        access.settings.trustsAnyServer = try cluster["insecure-skip-tls-verify"].text() == "true"
        guard let name = try context["user"].text() else { return access }
        let user = try member("users", name)["user"]
        for key in ["exec", "auth-provider"] where user[key].node != nil {
            throw user[key].failure("programs that get tokens are not run here; use a token or a certificate")
        }
        access.token = try user["token"].text()
        access.tokenFile = try file(user["tokenFile"])
        access.settings.certificate = try file(user["client-certificate"])
        access.settings.certificateText = try user["client-certificate-data"].bytes()
        access.settings.key = try file(user["client-key"])
        access.settings.keyText = try user["client-key-data"].bytes()
        return access
    }

    /// The element of a list that has a name.
    private func member(_ list: String, _ name: String) throws(LeaseStoreError) -> Place {
        let place = root[list]
        guard let elements = place.node?.sequence else { throw place.failure("missing") }
        for (index, element) in elements.enumerated() {
            let element = Place(node: element, path: "\(list)[\(index)]")
            if try element["name"].text() == name { return element }
        }
        throw place.failure("none is named \"\(name.prefix(80))\"")
    }

    private func file(_ place: Place) throws(LeaseStoreError) -> String? {
        try place.text().map { $0.hasPrefix("/") ? $0 : "\(folder)/\($0)" }
    }
}

extension Yams.Node {
    fileprivate var isNull: Bool {
        tag == Tag(.null) || (scalar?.string == "null" && scalar?.style == .plain)
    }
}
