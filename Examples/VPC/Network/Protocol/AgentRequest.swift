// SPDX-License-Identifier: Apache-2.0

public import CNITypes

/// What the plugin asks of the node's agent: one JSON document on a line, one request a connection.
///
///     {"version":1,"verb":"add","network":"vpc","containerID":"c1","interface":"eth0","deadlineMilliseconds":30000,
///      "namespace":"/var/run/netns/c1","mode":"shared","pod":{"namespace":"default","name":"web-0","uid":"…"}}
///     {"version":1,"verb":"delete","network":"vpc","containerID":"c1","interface":"eth0"}
///     {"version":1,"verb":"gc","network":"vpc","valid":[{"containerID":"c1","interface":"eth0"}]}
///
/// Everything is by container and interface: pods' names and addresses come again while an earlier container of theirs
/// is still there.
public struct AgentRequest: Hashable, Sendable {
    /// What is asked.
    public enum Verb: Hashable, Sendable {
        /// Addresses for an attachment; the same again if it has some.
        ///
        /// The answer is an attachment.
        case add(Addition)
        /// What an attachment has; nothing is changed.
        ///
        /// The answer is an attachment.
        case check(Attachment)
        /// What an ADD would get at this moment; nothing is changed, so that another one may get it.
        ///
        /// The answer is an attachment.
        case plan(Addition)
        /// That an attachment is gone; fine if there is none.
        case delete(Attachment)
        /// That all attachments of the network but these are gone.
        case collect([AttachmentReference])
        /// Whether the node can take attachments.
        ///
        /// The answer is nothing, or an error with code 50 or 51.
        case status
    }

    /// What ADD says of an attachment.
    public struct Addition: Hashable, Sendable {
        /// Which attachment.
        public var attachment: Attachment
        /// The path of the container's network namespace.
        public var namespacePath: String
        /// The pod; nil if the runtime is none of Kubernetes'.
        public var pod: PodReference?
        /// How the pod is to be on the VPC.
        public var mode: AttachmentMode
        /// The branch ENI that the pod's annotation names, for that mode.
        public var branch: BranchENI?
        /// How long the plugin waits for an answer, in milliseconds from the request on.
        public var deadline: UInt32

        /// Creates it.
        public init(
            attachment: Attachment, namespacePath: String, pod: PodReference? = nil,
            mode: AttachmentMode = .shared, branch: BranchENI? = nil, deadline: UInt32
        ) {
            self.attachment = attachment
            self.namespacePath = namespacePath
            self.pod = pod
            self.mode = mode
            self.branch = branch
            self.deadline = deadline
        }
    }

    /// The network.
    public var network: NetworkName
    /// What is asked.
    public var verb: Verb
    /// The version in which it is answered: the older of both ends'.
    public var version = ProtocolVersion.current

    /// Creates a request.
    public init(_ verb: Verb, of network: NetworkName) {
        self.verb = verb
        self.network = network
    }
}
