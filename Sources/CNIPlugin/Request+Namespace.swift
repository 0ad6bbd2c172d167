// SPDX-License-Identifier: Apache-2.0

internal import Namespaces
public import NetworkState

extension Request {
    /// Brings the host and the container to a description that a plugin with verbs of its own has made.
    ///
    /// Takes back what was done if a step fails. For a deletion a container that is gone is fine.
    public func reach(_ state: NetworkState) throws(CNIError) {
        let session: NetworkSession
        if command == .delete {
            guard let namespace = try openNamespaceIfPresent() else { return }
            session = NetworkSession(container: namespace)
        } else {
            session = NetworkSession(container: try openNamespace())
        }
        try withKernel("cannot set up \(attachment.key)") { () throws(StateError) in
            let found = try session.observeForChange(state)
            try session.apply(state.changes(from: found), of: state) {}
        }
    }

    func openNamespace() throws(CNIError) -> NetworkNamespace {
        do throws(NamespaceError) {
            return try NetworkNamespace(path: namespacePath ?? "")
        } catch {
            throw CNIError(error)
        }
    }

    /// nil where there is no namespace (any more), which for a deletion is fine.
    func openNamespaceIfPresent() throws(CNIError) -> NetworkNamespace? {
        guard let namespacePath else { return nil }
        do throws(NamespaceError) {
            return try NetworkNamespace(path: namespacePath)
        } catch {
            if error.meansAbsence { return nil }
            throw CNIError(error)
        }
    }
}
