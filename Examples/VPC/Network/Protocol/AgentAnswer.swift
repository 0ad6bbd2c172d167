// SPDX-License-Identifier: Apache-2.0

public import CNITypes

/// What the agent answers: one JSON document on a line.
///
///     {"version":1,"attachment":{"mode":"shared","mtu":9001,"addresses":[{"address":"10.0.1.17","eni":{
///      "mac":"02:00:00:00:00:02","link":"ens6","deviceIndex":1,"networkCard":0,"table":2,"subnet":"10.0.1.0/24",
///      "gateway":"10.0.1.1","primaryAddress":"10.0.1.4","isPrimary":false}}]}}
///     {"version":1}
///     {"version":1,"error":{"code":11,"msg":"no address is free","details":"…"}}
public struct AgentAnswer: Hashable, Sendable {
    /// What it says.
    public enum Content: Hashable, Sendable {
        /// What an attachment has: to `add`, `plan` and `check`.
        case attachment(PodAttachment)
        /// That it is done, or all is well: to `delete`, `gc` and `status`.
        case done
        /// Why not, with a code of the specification.
        case failure(CNIError)
    }

    /// What it says.
    public var content: Content
    /// The version it is in.
    public var version: Int

    /// Creates an answer.
    ///
    /// - Parameter version: That of the request, once read.
    public init(_ content: Content, version: Int = ProtocolVersion.current) {
        self.content = content
        self.version = version
    }

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
        version = try ProtocolVersion.read(message, sender: "agent", own: own)
        if !message["error"].isAbsent {
            try message["error"].requireObject()
            guard let error = CNIError(json: message["error"].value) else {
                throw message["error"]["code"].failure("missing")
            }
            content = .failure(error)
        } else if message["attachment"].isAbsent {
            content = .done
        } else {
            content = .attachment(try PodAttachment(message["attachment"]))
        }
    }

    /// The line, with its end.
    public var line: [UInt8] {
        var json: JSON = ["version": JSON(version)]
        switch content {
        case .attachment(let attachment): json["attachment"] = attachment.json
        case .done: break
        case .failure(let error):
            json["error"] = error.json(version: .current)
            json["error"]?["cniVersion"] = nil
        }
        return Array((json.serialized() + "\n").utf8)
    }
}
