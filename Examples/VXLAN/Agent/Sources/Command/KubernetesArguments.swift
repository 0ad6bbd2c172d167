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
            """
            The name of this node's object; without one, the variable NODE_NAME, or the node of the pod that POD_NAME \
            and POD_NAMESPACE name.
            """, valueName: "name"))
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
        let access = try kubeconfig.map { try KubernetesAccess.kubeconfig($0) } ?? .inCluster(environment)
        var options = try KubernetesOptions(nodeName: nodeName, environment: environment, access: access)
        options.configurationFile = networkConfig
        options.annotationPrefix = annotationPrefix
        options.setsCondition = setNodeNetworkUnavailable
        return options
    }
}
