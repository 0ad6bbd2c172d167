// SPDX-License-Identifier: Apache-2.0

public import CNITypes
public import Topology

/// The attachments that runtimes remember, by which the doctor knows what is left over from others.
public struct KnownAttachments: Sendable {
    /// An attachment in a runtime's memory.
    public struct Entry: Hashable, Sendable {
        /// The network.
        public let network: NetworkName
        /// The container and its interface.
        public let reference: AttachmentReference
        /// Whether the container's network namespace may still be there.
        public let isAlive: Bool
        /// What CHECK of its plugins found; nil if that was nothing, or nobody asked.
        ///
        /// The code ``CNIError/Code/tryAgainLater`` means that they could not be asked.
        public let fault: CNIError?

        /// Takes the caller's word for whether the container lives.
        public init(
            network: NetworkName, reference: AttachmentReference, isAlive: Bool, fault: CNIError? = nil
        ) {
            self.network = network
            self.reference = reference
            self.isAlive = isAlive
            self.fault = fault
        }

        /// Takes what a search for its network namespace has found: only one that is gone is not alive.
        public init(_ attachment: Attachment, _ namespace: NamespaceStanding, fault: CNIError? = nil) {
            self.init(
                network: attachment.network,
                reference: AttachmentReference(
                    containerID: attachment.containerID.rawValue, ifname: attachment.interface.rawValue),
                isAlive: namespace != .gone, fault: fault)
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

    /// What stands for all attachments of a container to a network; no attachment has this key, for no interface is
    /// without a name.
    static func container(_ id: String, in network: NetworkName) -> String {
        AttachmentReference(containerID: id, ifname: "").key(in: network)
    }
}
