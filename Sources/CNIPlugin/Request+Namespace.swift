// SPDX-License-Identifier: Apache-2.0

internal import Namespaces
public import NetworkState

extension Request {
    /// Brings the host and the container to a description that a plugin with verbs of its own has made.
    ///
    /// Takes back what was done if a step fails. What an ADD has changed that had been there before is recorded, and a
    /// deletion puts it back before it does what is described; for that a container that is gone is fine: what is on the
    /// host is done all the same.
    public func reach(_ state: NetworkState) throws(CNIError) {
        let session = session(
            try command == .delete ? openNamespaceIfPresent() : openNamespace())
        try withKernel("cannot set up \(attachment.key)") { () throws(StateError) in
            try state.validate(for: attachment.key)
            if command == .delete { try session.takeBack(attachment.key) }
            var state = session.hasContainer ? state : state.onHost
            var found = try session.observeForChange(state)
            try session.completeForwarding(of: &state, &found)
            try session.apply(state.changes(from: found), of: state) {}
            // What a deletion changes comes back by nothing.
            if command == .delete { try session.forget(attachment.key) }
        }
    }

    /// Whether a link of the container is up besides one; false for a container that is gone.
    public func hasLinksUp(besides name: String) throws(CNIError) -> Bool {
        let session = session(try openNamespaceIfPresent())
        if !session.hasContainer { return false }
        return try withKernel("cannot look into the container") { () throws(StateError) in
            try session.hasLinksUp(besides: name)
        }
    }

    /// A session between the host's and the container's namespace; nil for one that is gone.
    func session(_ container: consuming NetworkNamespace?) -> NetworkSession {
        NetworkSession(container: container, at: namespacePath, plugin: plugin, recordPath: recordPath)
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
