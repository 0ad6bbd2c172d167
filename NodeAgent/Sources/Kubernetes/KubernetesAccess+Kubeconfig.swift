// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
public import NodeAgentCore
internal import NodeAgentHTTP
internal import Yams

extension KubernetesAccess {
    /// The access of a kubeconfig file's current context.
    ///
    /// Paths in it are relative to its folder. Programs that would have to be run for a token are refused.
    ///
    /// - Throws: ``AgentError/Code/notConfigured`` with the file and the path of the member.
    public static func kubeconfig(_ path: String) throws(AgentError) -> KubernetesAccess {
        let text = String(decoding: try InputFile.content(of: path), as: UTF8.self)
        do throws(AgentError) {
            // The folder of `config` is `.`.
            let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
            return try KubeconfigReader(text, folder: folder).access()
        } catch {
            throw AgentError(error.code, "\(path): \(error.message)")
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

        func failure(_ text: String) -> AgentError {
            AgentError(.notConfigured, "\(path): \(text)")
        }

        func text() throws(AgentError) -> String? {
            guard let node, !node.isNull else { return nil }
            guard let text = node.scalar?.string else { throw failure("not a string") }
            return text.isEmpty ? nil : text
        }

        func required() throws(AgentError) -> String {
            guard let text = try text() else { throw failure("missing") }
            return text
        }

        /// YAML's booleans as kubectl takes them.
        func bool() throws(AgentError) -> Bool {
            switch try text() {
            case nil, "false": false
            case "true": true
            default: throw failure("neither true nor false")
            }
        }

        /// Refuses members whose meaning would be missed if they were left alone.
        func refuse(_ keys: [String], _ reason: String) throws(AgentError) {
            for key in keys where self[key].node.map({ !$0.isNull }) ?? false {
                throw self[key].failure(reason)
            }
        }

        /// The bytes of a member in base64.
        func bytes() throws(AgentError) -> [UInt8]? {
            guard let text = try text() else { return nil }
            // kubectl, too, leaves out the ends of lines.
            let line = String(decoding: text.utf8.filter { $0 != 10 && $0 != 13 }, as: UTF8.self)
            guard let data = Data(base64Encoded: line) else { throw failure("not base64") }
            return Array(data)
        }
    }

    let root: Place
    let folder: String

    init(_ text: String, folder: String) throws(AgentError) {
        do {
            root = Place(node: try Yams.compose(yaml: text), path: "")
        } catch {
            throw AgentError(.notConfigured, "not YAML: \(error)")
        }
        guard root.node?.mapping != nil else { throw AgentError(.notConfigured, "not a YAML mapping") }
        self.folder = folder
    }

    func access() throws(AgentError) -> KubernetesAccess {
        let current = try root["current-context"].required()
        let context = try member("contexts", current)["context"]
        let cluster = try member("clusters", try context["cluster"].required())["cluster"]
        var access = KubernetesAccess(server: try server(cluster["server"]))
        try cluster.refuse(["proxy-url", "tls-server-name"], "not supported")
        access.tls.authorities = try file(cluster["certificate-authority"])
        access.tls.authoritiesText = try cluster["certificate-authority-data"].bytes()
        access.tls.trustsAnyServer = try cluster["insecure-skip-tls-verify"].bool()
        if let name = try context["user"].text() {
            try add(try member("users", name)["user"], to: &access)
        }
        return access
    }

    private func add(_ user: Place, to access: inout KubernetesAccess) throws(AgentError) {
        try user.refuse(
            ["exec", "auth-provider"],
            "programs that get tokens are not run here; use a token or a certificate")
        try user.refuse(["username", "password"], "not supported since Kubernetes 1.19; use a token")
        try user.refuse(["as", "as-uid", "as-groups", "as-user-extra"], "not supported")
        access.token = try user["token"].text()
        access.tokenFile = try file(user["tokenFile"])
        if let token = access.token { _ = try KubernetesAccess.header(token, from: user["token"].path) }
        access.tls.certificate = try file(user["client-certificate"])
        access.tls.certificateText = try user["client-certificate-data"].bytes()
        access.tls.key = try file(user["client-key"])
        access.tls.keyText = try user["client-key-data"].bytes()
        let hasCertificate =
            access.tls.certificate != nil || access.tls.certificateText != nil
        guard hasCertificate == (access.tls.key != nil || access.tls.keyText != nil) else {
            throw user.failure("client-certificate and client-key go together")
        }
    }

    private func server(_ place: Place) throws(AgentError) -> String {
        let text = try place.required()
        // RFC 3986: a part of the URL that we would put something behind.
        guard text.hasPrefix("https://") || text.hasPrefix("http://"), !text.contains("?"),
            !text.contains("#"), URL(string: text)?.host ?? "" != ""
        else { throw place.failure("\"\(text.prefix(80))\" is not the URL of a server") }
        return text
    }

    /// The element of a list that has a name.
    private func member(_ list: String, _ name: String) throws(AgentError) -> Place {
        let place = root[list]
        guard let elements = place.node?.sequence else { throw place.failure("missing") }
        for (index, element) in elements.enumerated() {
            let element = Place(node: element, path: "\(list)[\(index)]")
            if try element["name"].text() == name { return element }
        }
        throw place.failure("none is named \"\(name.prefix(80))\"")
    }

    private func file(_ place: Place) throws(AgentError) -> String? {
        try place.text().map { $0.hasPrefix("/") ? $0 : "\(folder)/\($0)" }
    }
}

extension Yams.Node {
    fileprivate var isNull: Bool {
        tag == Tag(.null) || (scalar?.string == "null" && scalar?.style == .plain)
    }
}
