// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import LeaseStores
internal import NodeAgentCore
internal import NodeAgentHTTP

/// Where the leases are.
struct StoreOptions: ParsableArguments {
    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case file, etcd, kubernetes
    }

    @Option(help: ArgumentHelp("Where the nodes' leases are: file, etcd or kubernetes.", valueName: "kind"))
    var store: Kind

    @Option(help: ArgumentHelp("The file of --store file.", valueName: "file"))
    var file = "/etc/cni/overlay.json"

    @OptionGroup var etcd: EtcdArguments
    @OptionGroup var kubernetes: KubernetesArguments

    /// The store.
    ///
    /// - Throws: `AgentError` for a file that cannot be read, or for an address that is none.
    func make() throws -> any LeaseStore {
        switch store {
        case .file: FileStore(path: file)
        case .etcd: try EtcdStore(try etcd.options())
        case .kubernetes: try KubernetesStore(try kubernetes.options())
        }
    }
}

/// Where etcd is.
struct EtcdArguments: ParsableArguments {
    @Option(
        name: .customLong("etcd-endpoints"),
        help: ArgumentHelp("The URLs of etcd's members, with commas between.", valueName: "urls"))
    var endpoints = "http://127.0.0.1:2379"

    @Option(
        name: .customLong("etcd-prefix"), help: ArgumentHelp("The prefix of the keys.", valueName: "key"))
    var prefix = "/coreos.com/network"

    @Option(
        name: .customLong("etcd-cafile"),
        help: ArgumentHelp("PEM certificates of the authorities that sign etcd's.", valueName: "file"))
    var authorities: String?

    @Option(
        name: .customLong("etcd-certfile"), help: ArgumentHelp("The client certificate.", valueName: "file"))
    var certificate: String?

    @Option(
        name: .customLong("etcd-keyfile"),
        help: ArgumentHelp("The key of the client certificate.", valueName: "file"))
    var key: String?

    @Option(name: .customLong("etcd-username"), help: ArgumentHelp("A user of etcd.", valueName: "name"))
    var user: String?

    @Option(
        name: .customLong("etcd-password-file"),
        help: ArgumentHelp("A file with the user's password in its first line.", valueName: "file"))
    var passwordFile: String?

    @Option(
        help: ArgumentHelp(
            "The lifetime of this node's lease without the agent; at least 3.", valueName: "seconds"))
    var leaseTTL = 3600

    func validate() throws {
        if leaseTTL < 3 { throw ValidationError("--lease-ttl: at least 3") }
        if (certificate == nil) != (key == nil) {
            throw ValidationError("--etcd-certfile and --etcd-keyfile go together")
        }
        if user != nil, passwordFile == nil {
            throw ValidationError("--etcd-username needs --etcd-password-file")
        }
    }

    func options() throws -> EtcdOptions {
        var options = EtcdOptions(endpoints: endpoints.split(separator: ",").map(String.init))
        options.prefix = prefix.hasSuffix("/") ? String(prefix.dropLast()) : prefix
        options.tls.authorities = authorities
        options.tls.certificate = certificate
        options.tls.key = key
        options.user = user
        options.password = try passwordFile.map { try InputFile.firstLine(of: $0) }
        options.timeToLive = leaseTTL
        return options
    }
}
