// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import LeaseStores
internal import NodeAgent
internal import VXLANOverlay

/// Where Kubernetes is.
struct KubernetesArguments: ParsableArguments {
    @OptionGroup var place: KubernetesAccessOptions

    @Option(
        name: .customLong("kube-api-url"),
        help: ArgumentHelp(
            "The API server's URL, in place of the service account's or the kubeconfig file's.",
            valueName: "url"
        ))
    var server: String?

    @Option(help: ArgumentHelp("flannel's configuration of the network.", valueName: "file"))
    var networkConfig = "/etc/kube-flannel/net-conf.json"

    @Option(help: ArgumentHelp("The prefix of the annotations' keys.", valueName: "text"))
    var annotationPrefix = NodeAnnotation.usualPrefix

    @Flag(
        inversion: .prefixedNo, help: "Set the node's condition NetworkUnavailable to False when it is ready."
    )
    var setNodeNetworkUnavailable = true

    func options() throws -> KubernetesOptions {
        let environment = VXLANAgent.environment
        var options = KubernetesOptions(
            node: try place.node(environment), access: try place.access(environment, server: server))
        options.configurationFile = networkConfig
        options.annotationPrefix = annotationPrefix
        options.setsCondition = setNodeNetworkUnavailable
        return options
    }
}
