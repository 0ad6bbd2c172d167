// SPDX-License-Identifier: Apache-2.0

// Attachments in what a plugin and an agent of the node send each other, and in what the agent keeps:
//
//     {"network":"lan","containerID":"pod","interface":"eth0"}
//     {"network":"lan","valid":[{"containerID":"pod","interface":"eth0"}]}

extension JSONCursor {
    /// The network of a message.
    package func network() throws(CNIError) -> NetworkName {
        try identifier("network") { text throws(CNIError) in try NetworkName(text) }
    }

    /// The attachment that a message is about.
    package func attachment() throws(CNIError) -> Attachment {
        Attachment(
            network: try network(),
            containerID: try identifier("containerID") { text throws(CNIError) in try ContainerID(text) },
            interface: try identifier("interface") { text throws(CNIError) in try InterfaceName(text) })
    }

    /// The attachments that a GC keeps.
    package func validAttachments() throws(CNIError) -> [AttachmentReference] {
        let list = self["valid"]
        // A list that is not there is not an empty one: all containers would lose their addresses.
        if list.isAbsent { throw list.failure("missing") }
        var valid: [AttachmentReference] = []
        for element in try list.elements() {
            valid.append(try AttachmentReference(element, interface: "interface"))
        }
        return valid
    }

    private func identifier<T>(
        _ key: String, _ parse: (String) throws(CNIError) -> T
    ) throws(CNIError) -> T {
        let place = self[key]
        let text = try place.required(try place.text())
        do throws(CNIError) { return try parse(text) } catch { throw place.failure(error.message) }
    }
}

extension Attachment {
    /// Writes the members of a message about the attachment.
    package func write(to message: inout JSON) {
        message["network"] = .string(network.rawValue)
        message["containerID"] = .string(containerID.rawValue)
        message["interface"] = .string(interface.rawValue)
    }
}

extension [AttachmentReference] {
    /// The list of a message, as ``JSONCursor/validAttachments()`` reads it.
    package var message: JSON {
        .array(map { ["containerID": .string($0.containerID), "interface": .string($0.ifname)] })
    }
}
