// SPDX-License-Identifier: Apache-2.0

public import CNITypes

/// What the daemon answers: one JSON document on a line.
///
///     {"version":1,"result":{"cniVersion":"1.1.0","ips":[{"address":"10.7.0.50/24","gateway":"10.7.0.1"}],…}}
///     {"version":1}
///     {"version":1,"error":{"code":11,"msg":"no DHCP server has answered in 208 s"}}
public enum DaemonAnswer: Hashable, Sendable {
    /// What the lease gives: to `add` and `check`.
    case lease(CNIResult)
    /// That it is done, or all is well: to `delete`, `gc` and `status`.
    case done
    /// Why not.
    case failure(CNIError)

    /// Reads a line.
    ///
    /// - Throws: ``CNIError/Code/decodingFailure`` with the place of what is wrong;
    ///   ``CNIError/Code/incompatibleVersion``.
    public init(parsing line: [UInt8]) throws(CNIError) {
        let message = JSONCursor(try JSON(parsing: line), failingWith: .decodingFailure)
        try message.requireVersion(of: "daemon")
        if !message["error"].isAbsent {
            guard let error = CNIError(json: message["error"].value) else {
                throw message["error"]["code"].failure("missing")
            }
            self = .failure(error)
        } else if let result = message["result"].present {
            self = .lease(try CNIResult(json: result, version: .current))
        } else {
            self = .done
        }
    }

    /// The line, with its end.
    public var line: [UInt8] {
        var json: JSON = ["version": JSON(DaemonRequest.version)]
        switch self {
        case .lease(let result):
            do throws(CNIError) {
                json["result"] = try result.json(version: .current)
            } catch {
                return DaemonAnswer.failure(error).line
            }
        case .done: break
        case .failure(let error):
            json["error"] = error.json(version: .current)
            json["error"]?["cniVersion"] = nil
        }
        return Array((json.serialized() + "\n").utf8)
    }
}
