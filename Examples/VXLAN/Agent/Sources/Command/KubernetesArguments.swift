// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import LeaseStores
internal import VXLANOverlay

/// Where Kubernetes is.
struct KubernetesArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A kubeconfig file; without one, the service account of the pod that this is in.",
            valueName: "file"))
    var kubeconfig: String?

    @Option(
        help: ArgumentHelp(
            "The name of this node's object; the variable NODE_NAME without it.", valueName: "name"))
    var nodeName: String?

    @Option(help: ArgumentHelp("flannel's configuration of the network.", valueName: "file"))
    var networkConfig = "/etc/kube-flannel/net-conf.json"

    @Option(help: ArgumentHelp("What the annotations' keys begin with.", valueName: "text"))
    var annotationPrefix = NodeAnnotation.usualPrefix

    @Flag(
        inversion: .prefixedNo, help: "Set the node's condition NetworkUnavailable to False when it is ready."
    )
    var setNodeNetworkUnavailable = true

    func options() throws -> KubernetesOptions {
        let environment = Environment.variables
        guard let name = nodeName ?? environment["NODE_NAME"] else {
            throw ValidationError("--node-name: missing, and NODE_NAME is not set")
        }
        let access = try kubeconfig.map { try KubernetesAccess.kubeconfig($0) } ?? .inCluster(environment)
        var options = try KubernetesOptions(nodeName: name, access: access)
        options.configurationFile = networkConfig
        options.annotationPrefix = annotationPrefix
        options.setsCondition = setNodeNetworkUnavailable
        return options
    }
}
