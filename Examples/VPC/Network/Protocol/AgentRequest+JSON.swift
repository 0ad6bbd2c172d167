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
        case "add": verb = .add(try Addition(message))
        case "plan": verb = .plan(try Addition(message))
        case "check": verb = .check(try message.attachment())
        case "delete": verb = .delete(try message.attachment())
        case "gc": verb = .collect(try message.validAttachments())
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
            json["valid"] = valid.message
        case .status: json["verb"] = "status"
        }
        return json
    }
}

extension AgentRequest.Addition {
    fileprivate init(_ message: JSONCursor) throws(CNIError) {
        let mode = message["mode"]
        self.init(
            attachment: try message.attachment(),
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
