// SPDX-License-Identifier: Apache-2.0

internal import CNITypes

/// The version of the messages between plugin and agent.
///
/// Both ends know the current one and the one before it, so that either may be updated first. A request names the
/// version that the plugin speaks; the answer is in the older of the two ends' versions and names that. Keys that an
/// end does not know are ignored by it: what is only added needs no new version.
public enum ProtocolVersion {
    /// The version that this end speaks.
    public static let current = 1

    /// The oldest version that an end still understands, which speaks `version`.
    static func oldest(of version: Int) -> Int { max(1, version - 1) }

    /// The version of the answer to a request, or nil if the two ends have none in common.
    ///
    /// - Parameters:
    ///   - asked: The version of the request.
    ///   - own: The version that this end speaks.
    static func common(_ asked: Int, own: Int) -> Int? {
        let version = min(asked, own)
        return version >= max(oldest(of: asked), oldest(of: own)) ? version : nil
    }

    /// Reads the version of a message, and refuses one that has nothing in common with this end's.
    ///
    /// - Throws: ``CNIError/Code/incompatibleVersion``.
    static func read(_ message: JSONCursor, sender: String, own: Int) throws(CNIError) -> Int {
        let place = message["version"]
        let version: Int = try place.required(try place.integer())
        guard let common = common(version, own: own) else {
            throw CNIError(
                .incompatibleVersion,
                "the \(sender) speaks version \(version) of the protocol, we speak \(own)",
                details: "plugin and agent may differ by one version: install both from one release")
        }
        return common
    }
}
