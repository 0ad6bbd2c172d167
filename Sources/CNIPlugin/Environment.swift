// SPDX-License-Identifier: Apache-2.0

/// The specification's parameters from the environment (section 2), checked.
struct Environment {
    let command: Command
    let containerID: ContainerID?
    let interface: InterfaceName?
    /// nil for a missing or an empty variable.
    let namespacePath: String?
    let arguments: CNIArguments
    /// CNI_NETNS_OVERRIDE: the namespace may be the plugin's own.
    let allowsOwnNamespace: Bool

    init(_ variables: EnvironmentVariables, _ command: Command) throws(CNIError) {
        self.command = command
        let missing = command.requiredVariables.filter { (variables[$0] ?? "").isEmpty }
        guard missing.isEmpty else {
            let names = missing.joined(separator: ",")
            throw CNIError(.invalidEnvironment, "required env variables [\(names)] missing")
        }
        let concernsAttachment = command.requiredVariables.contains("CNI_CONTAINERID")
        containerID = concernsAttachment ? try ContainerID(variables["CNI_CONTAINERID"] ?? "") : nil
        interface = concernsAttachment ? try InterfaceName(variables["CNI_IFNAME"] ?? "") : nil
        if command == .add, interface?.isPattern == true {
            throw CNIError(
                .invalidEnvironment, "CNI_IFNAME contains %",
                details: "Linux would give the interface a name of its own")
        }
        let path = variables["CNI_NETNS"] ?? ""
        namespacePath = path.isEmpty ? nil : path
        arguments = CNIArguments(from: concernsAttachment ? variables["CNI_ARGS"] ?? "" : "")
        let override = (variables["CNI_NETNS_OVERRIDE"] ?? "").lowercased()
        allowsOwnNamespace = override == "1" || override == "true"
    }
}
