// SPDX-License-Identifier: Apache-2.0

struct AttachNetworkInterface: EC2Call {
    static let action = "AttachNetworkInterface"
    let repetition = Repetition.harmful
    let interface: String
    let instance: String
    let deviceIndex: Int
    let networkCard: Int

    func describe(in parameters: inout QueryParameters) {
        parameters.set("NetworkInterfaceId", interface)
        parameters.set("InstanceId", instance)
        parameters.set("DeviceIndex", deviceIndex)
        // Where it was left out, EC2 has compared device indexes across cards.
        parameters.set("NetworkCardIndex", networkCard)
    }

    func answer(_ root: XMLElement) throws(XMLElement.Mistake) -> String { try root.required("attachmentId") }
}

struct DetachNetworkInterface: SilentCall {
    static let action = "DetachNetworkInterface"
    let repetition = Repetition.harmless
    let attachment: String
    let force: Bool

    func describe(in parameters: inout QueryParameters) {
        parameters.set("AttachmentId", attachment)
        parameters.set("Force", force ? true : nil)
    }

    func settled(by kind: EC2Error.Kind) -> Void? {
        kind == .notFound(.attachment) || kind == .incorrectState ? () : nil
    }
}

extension EC2Client {
    /// Attaches an interface to an instance, and returns the attachment's id.
    ///
    /// It is on its way then, not there. A lost answer is not repeated: look at the interface.
    public func attachNetworkInterface(
        _ interface: String, to instance: String, deviceIndex: Int, networkCard: Int = 0
    ) async throws(EC2Error) -> String {
        try await perform(
            AttachNetworkInterface(
                interface: interface, instance: instance, deviceIndex: deviceIndex, networkCard: networkCard))
    }

    /// Begins to detach an interface; it keeps its addresses.
    public func detachNetworkInterface(attachment: String, force: Bool = false) async throws(EC2Error) {
        try await perform(DetachNetworkInterface(attachment: attachment, force: force))
    }
}
