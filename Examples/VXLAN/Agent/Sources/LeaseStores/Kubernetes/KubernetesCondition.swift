// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import FoundationEssentials

/// A node's condition NetworkUnavailable; while it is True, the node has a taint and gets no new pods.
struct KubernetesCondition: Hashable, Sendable {
    let isUnavailable: Bool
    let reason: String
    let message: String

    static let up = KubernetesCondition(
        isUnavailable: false, reason: "VXLANAgentIsUp", message: "vxlan-agent reaches the other nodes")
    static let released = KubernetesCondition(
        isUnavailable: true, reason: "VXLANAgentHasLeft", message: "the node's lease was given back")

    private static let type: JSON = "NetworkUnavailable"

    private init(isUnavailable: Bool, reason: String, message: String) {
        self.isUnavailable = isUnavailable
        self.reason = reason
        self.message = message
    }

    /// Reads the condition of a Node object; nil if it has none.
    init?(of node: JSON) {
        let conditions = node["status"]?["conditions"]?.array ?? []
        guard let condition = conditions.first(where: { $0["type"] == Self.type }) else { return nil }
        self.init(
            isUnavailable: condition["status"]?.string != "False", reason: condition["reason"]?.string ?? "",
            message: condition["message"]?.string ?? "")
    }

    /// The `status` of a strategic merge patch, in which conditions are merged by their type.
    func patch(over former: KubernetesCondition?) -> JSON {
        let now = JSON.string(Date.now.formatted(.iso8601))
        var condition: JSON = [
            "type": Self.type, "status": isUnavailable ? "True" : "False", "reason": .string(reason),
            "message": .string(message), "lastHeartbeatTime": now,
        ]
        // By convention the time at which `status`, and not only the reason, became another.
        if former?.isUnavailable != isUnavailable { condition["lastTransitionTime"] = now }
        return ["conditions": [condition]]
    }
}
