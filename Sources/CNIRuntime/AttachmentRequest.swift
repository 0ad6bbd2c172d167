// SPDX-License-Identifier: Apache-2.0

/// What a runtime asks for: one interface of one container on a network, and what is special about it.
///
/// CNI specification 1.1.0, section 3, "Attachment parameters".
public struct AttachmentRequest: Hashable, Sendable {
    /// One `KEY=VALUE` of CNI_ARGS.
    public struct Argument: Hashable, Sendable {
        /// What comes before the `=`.
        public var key: String
        /// What comes behind it.
        public var value: String

        /// Creates an argument; a `;` or `=` in one is refused when it is used.
        public init(_ key: String, _ value: String) {
            self.key = key
            self.value = value
        }
    }

    /// The container.
    public var containerID: ContainerID
    /// The path of the container's network namespace; nil, on DEL, for one that is gone.
    public var namespacePath: String?
    /// The interface in the container.
    public var interface: InterfaceName
    /// CNI_ARGS, in order.
    public var arguments: [Argument]
    /// Values for the capabilities that plugins declare, by the capability's name (`portMappings`).
    public var capabilities: JSONObject

    /// Creates a request.
    public init(
        containerID: ContainerID, namespacePath: String?, interface: InterfaceName,
        arguments: [Argument] = [], capabilities: JSONObject = [:]
    ) {
        self.containerID = containerID
        self.namespacePath = namespacePath
        self.interface = interface
        self.arguments = arguments
        self.capabilities = capabilities
    }

    /// Parses and checks the three parts that an attachment has at least.
    ///
    /// - Throws: ``CNIError/Code/invalidEnvironment`` for a container ID or an interface name that is none.
    public init(containerID: String, namespacePath: String?, interface: String = "eth0") throws(CNIError) {
        self.init(
            containerID: try ContainerID(containerID), namespacePath: namespacePath,
            interface: try InterfaceName(interface))
    }

    /// Whose attachment this is to a network.
    public func attachment(to network: NetworkName) -> Attachment {
        Attachment(network: network, containerID: containerID, interface: interface)
    }

    /// CNI_ARGS as text.
    func argumentText() throws(CNIError) -> String {
        for argument in arguments {
            let isPair =
                !argument.key.isEmpty
                && !(argument.key + argument.value).utf8.contains {
                    $0 == UInt8(ascii: ";") || $0 == UInt8(ascii: "=") || $0 == 0
                }
            guard isPair else {
                throw CNIError(
                    .invalidEnvironment, "CNI_ARGS: \"\(argument.key)=\(argument.value)\" cannot be passed",
                    details: "a key must not be empty, and neither part may have a ; or =")
            }
        }
        return arguments.map { "\($0.key)=\($0.value)" }.joined(separator: ";")
    }
}
