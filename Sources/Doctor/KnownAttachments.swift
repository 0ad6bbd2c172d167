// SPDX-License-Identifier: Apache-2.0

public import CNITypes
internal import Namespaces

/// The attachments that runtimes remember, by which the doctor knows what is left over from others.
public struct KnownAttachments: Sendable {
    /// An attachment in a runtime's memory.
    public struct Entry: Hashable, Sendable {
        /// The network.
        public let network: NetworkName
        /// The container and its interface.
        public let reference: AttachmentReference
        /// Whether the container's network namespace is still there.
        public let isAlive: Bool

        /// Takes the caller's word for whether the container lives.
        public init(network: NetworkName, reference: AttachmentReference, isAlive: Bool) {
            self.network = network
            self.reference = reference
            self.isAlive = isAlive
        }

        /// Looks whether there is a network namespace at a path; in doubt there is.
        public init(network: NetworkName, reference: AttachmentReference, namespacePath: String) {
            var isAlive = true
            do throws(NamespaceError) {
                _ = try NetworkNamespace(path: namespacePath)
            } catch {
                isAlive = !error.meansAbsence
            }
            self.init(network: network, reference: reference, isAlive: isAlive)
        }
    }

    /// The attachments.
    public let entries: [Entry]
    /// Whether there are no other attachments: every runtime of the machine has its own among these.
    public let isComplete: Bool
    private let alive: [String: Bool]

    /// Creates a list of attachments.
    public init(_ entries: [Entry], isComplete: Bool) {
        self.entries = entries
        self.isComplete = isComplete
        var alive: [String: Bool] = [:]
        for entry in entries {
            let networkAndContainer = Self.container(entry.reference.containerID, in: entry.network)
            for key in [entry.reference.key(in: entry.network), networkAndContainer] {
                alive[key] = alive[key] == true || entry.isAlive
            }
        }
        self.alive = alive
    }

    /// What is known of an attachment.
    enum Standing {
        /// It lives, or nobody can tell.
        case valid
        /// A runtime remembers it, and its namespace is gone.
        case dead
        /// No runtime remembers it, and all were asked.
        case forgotten
    }

    /// By the key of an attachment.
    func standing(of key: String) -> Standing {
        guard let isAlive = alive[key] else { return isComplete ? .forgotten : .valid }
        return isAlive ? .valid : .dead
    }

    /// Of a container's attachments to a network, or of the one with that interface.
    func standing(of containerID: String, interface: String?, in network: NetworkName) -> Standing {
        guard let interface else { return standing(of: Self.container(containerID, in: network)) }
        return standing(
            of: AttachmentReference(containerID: containerID, ifname: interface).key(in: network))
    }

    /// No attachment has this key, for no interface is without a name.
    private static func container(_ id: String, in network: NetworkName) -> String {
        AttachmentReference(containerID: id, ifname: "").key(in: network)
    }
}
