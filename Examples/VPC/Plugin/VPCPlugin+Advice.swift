// SPDX-License-Identifier: Apache-2.0

public import CNIPlugin
internal import VPCNetwork

extension VPCPlugin {
    /// What the plugin accepts and will not work out.
    public static func advice(on network: NetworkConfiguration) -> [CNIError] {
        var advice: [CNIError] = []
        func warn(_ key: String, _ reason: String) {
            advice.append(CNIError(.invalidConfiguration, at: JSONPath().member(key), reason))
        }
        let allowed = (network.raw["allowedModes"]?.array ?? []).compactMap(\.string)
        let capability = "io.kubernetes.cri.pod-annotations"
        let isOnBranches = network.raw["mode"]?.string == "branch"
        if isOnBranches, !allowed.contains("branch") {
            warn("mode", "every pod is refused: its branch counts only if allowedModes has branch")
        }
        if !allowed.isEmpty, network.raw["capabilities"]?[capability]?.bool != true {
            warn(
                "allowedModes",
                "pods' annotations ask for modes; the runtime passes them on only with the capability \(capability)"
            )
        }
        if let timeout = network.raw["timeout"]?.int, timeout > 100 {
            // The kubelet's --runtime-request-timeout.
            warn("timeout", "kubelets give up after 2 minutes by default")
        }
        return advice
    }
}
