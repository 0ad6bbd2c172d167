// SPDX-License-Identifier: Apache-2.0

public import CNITypes

extension AgentRequest {
    /// Reads a line.
    ///
    /// - Throws: ``CNIError/Code/decodingFailure`` with the place of what is wrong;
    ///   ``CNIError/Code/incompatibleVersion``.
    public init(parsing line: [UInt8]) throws(CNIError) {
        try self.init(parsing: line, own: ProtocolVersion.current)
    }

    /// Reads a line at an end that speaks another version.
    init(parsing line: [UInt8], own: Int) throws(CNIError) {
        let message = JSONCursor(try JSON(parsing: line), failingWith: .decodingFailure)
        try message.requireObject()
        let version = try ProtocolVersion.read(message, sender: "plugin", own: own)
        let network = try message.network()
        let name = try message["verb"].required(try message["verb"].text())
        let verb: Verb
        switch name {
        case "add": verb = .add(try Addition(message, of: network))
        case "plan": verb = .plan(try Addition(message, of: network))
        case "check": verb = .check(try message.attachment(of: network))
        case "delete": verb = .delete(try message.attachment(of: network))
        case "gc":
            // A list that is not there is not an empty one: all pods would lose their addresses.
            if message["valid"].isAbsent { throw message["valid"].failure("missing") }
            var valid: [AttachmentReference] = []
            for element in try message["valid"].elements() {
                try element.requireObject()
                valid.append(
                    AttachmentReference(
                        containerID: try element["containerID"].required(try element["containerID"].text()),
                        ifname: try element["interface"].required(try element["interface"].text())))
            }
            verb = .collect(valid)
        case "status": verb = .status
        default: throw message["verb"].failure("\"\(name.prefix(20))\" is no verb")
        }
        self.init(verb, of: network)
        self.version = version
    }

    /// The line, with its end.
    public var line: [UInt8] { Array((json.serialized() + "\n").utf8) }

    private var json: JSON {
        var json: JSON = ["version": JSON(version), "network": .string(network.rawValue)]
        switch verb {
        case .add(let addition):
            json["verb"] = "add"
            addition.write(to: &json)
        case .plan(let addition):
            json["verb"] = "plan"
            addition.write(to: &json)
        case .check(let attachment):
            json["verb"] = "check"
            attachment.write(to: &json)
        case .delete(let attachment):
            json["verb"] = "delete"
            attachment.write(to: &json)
        case .collect(let valid):
            json["verb"] = "gc"
            json["valid"] = .array(
                valid.map { ["containerID": .string($0.containerID), "interface": .string($0.ifname)] })
        case .status: json["verb"] = "status"
        }
        return json
    }
}

extension AgentRequest.Addition {
    fileprivate init(_ message: JSONCursor, of network: NetworkName) throws(CNIError) {
        let mode = message["mode"]
        self.init(
            attachment: try message.attachment(of: network),
            namespacePath: try message["namespace"].required(try message["namespace"].nonEmptyText()),
            pod: try PodReference(message["pod"]),
            mode: try mode.required(try mode.parsed("a mode") { AttachmentMode(rawValue: $0) }),
            branch: try BranchENI(message["branch"]),
            deadline: try message["deadlineMilliseconds"].integer() ?? 0)
        if self.mode == .branch, branch == nil { throw message["branch"].failure("missing") }
    }

    fileprivate func write(to json: inout JSON) {
        attachment.write(to: &json)
        json["namespace"] = .string(namespacePath)
        json["mode"] = .string(mode.rawValue)
        json["deadlineMilliseconds"] = JSON(deadline)
        if let pod { json["pod"] = pod.json }
        if let branch { json["branch"] = branch.json }
    }
}

extension Attachment {
    func write(to json: inout JSON) {
        json["containerID"] = .string(containerID.rawValue)
        json["interface"] = .string(interface.rawValue)
    }
}

extension JSONCursor {
    /// The network of a message.
    func network() throws(CNIError) -> NetworkName {
        let place = self["network"]
        let text = try place.required(try place.text())
        do throws(CNIError) { return try NetworkName(text) } catch { throw place.failure(error.message) }
    }

    /// The attachment that a message is about.
    func attachment(of network: NetworkName) throws(CNIError) -> Attachment {
        let (container, interface) = (self["containerID"], self["interface"])
        let (id, name) = (
            try container.required(try container.text()), try interface.required(try interface.text())
        )
        let containerID: ContainerID
        do throws(CNIError) { containerID = try ContainerID(id) } catch {
            throw container.failure(error.message)
        }
        do throws(CNIError) {
            return Attachment(network: network, containerID: containerID, interface: try InterfaceName(name))
        } catch {
            throw interface.failure(error.message)
        }
    }
}
