// SPDX-License-Identifier: Apache-2.0

/// flannel's variables, FLANNELD_ and the name of one of its flags, as ours: a node's unit or DaemonSet need not be changed.
enum FlannelVariables {
    /// Variables whose values mean the same, without their prefixes.
    private static let names = [
        "IFACE": "IFACE", "IFACE_REGEX": "IFACE_REGEX", "IFACE_CAN_REACH": "IFACE_CAN_REACH",
        "PUBLIC_IP": "PUBLIC_IP", "PUBLIC_IPV6": "PUBLIC_IPV6", "SUBNET_FILE": "SUBNET_FILE",
        "ETCD_ENDPOINTS": "ETCD_ENDPOINTS", "ETCD_PREFIX": "ETCD_PREFIX", "ETCD_CAFILE": "ETCD_CAFILE",
        "ETCD_CERTFILE": "ETCD_CERTFILE", "ETCD_KEYFILE": "ETCD_KEYFILE", "ETCD_USERNAME": "ETCD_USERNAME",
        "KUBECONFIG_FILE": "KUBECONFIG", "KUBE_API_URL": "KUBE_API_URL",
        "KUBE_ANNOTATION_PREFIX": "ANNOTATION_PREFIX", "NET_CONFIG_PATH": "NETWORK_CONFIG",
    ]

    /// Variables of switches.
    private static let switches = [
        "IP_MASQ": "IP_MASQ", "IPTABLES_FORWARD_RULES": "FORWARD_RULES",
        "IP_BLACKHOLE_ROUTE": "IP_BLACKHOLE_ROUTE",
        "SET_NODE_NETWORK_UNAVAILABLE": "SET_NODE_NETWORK_UNAVAILABLE",
    ]

    /// What is said of variables that mean nothing here.
    private static let meaningless = [
        "IPTABLES_RESYNC": "what others change is repaired at once",
        "SUBNET_LEASE_RENEW_MARGIN": "a lease is kept alive every third of --lease-ttl",
        "IP_MASQ_FULLY_RANDOM_DISABLE": "nf_tables chooses ports at random",
        "ETCD_PASSWORD": "put the password into a file that --etcd-password-file names",
    ]

    /// Adds ours for flannel's; one of ours that is set counts more.
    ///
    /// - Returns: All variables, and a line for each of flannel's that has no effect.
    static func translated(_ variables: [String: String]) -> (variables: [String: String], notes: [String]) {
        var (result, notes) = (variables, [String]())
        func set(_ name: String, _ value: String) {
            if result["VXLAN_AGENT_\(name)", default: ""].isEmpty { result["VXLAN_AGENT_\(name)"] = value }
        }
        let theirs = variables.compactMap { name, value -> (name: String, value: String)? in
            guard name.hasPrefix("FLANNELD_"), !value.isEmpty else { return nil }
            return (String(name.dropFirst("FLANNELD_".count)), value)
        }
        .sorted { $0.name < $1.name }
        for (name, value) in theirs {
            if let ours = names[name] {
                set(ours, value)
            } else if let ours = switches[name] {
                set(ours, isTrue(value).map { "\($0)" } ?? value)
            } else if name == "KUBE_SUBNET_MGR" {
                if isTrue(value) == true { set("STORE", "kubernetes") }
            } else if let reason = meaningless[name] {
                notes.append("the variable FLANNELD_\(name) has no effect: \(reason)")
            } else if name != "HEALTHZ_IP", name != "HEALTHZ_PORT" {
                notes.append("the variable FLANNELD_\(name) has no effect: it is not known here")
            }
        }
        // flannel's leases are in etcd unless its flag says Kubernetes.
        if !theirs.isEmpty { set("STORE", "etcd") }
        let health = Dictionary(uniqueKeysWithValues: theirs.map { ($0.name, $0.value) })
        if let port = health["HEALTHZ_PORT"], port != "0" {
            let address = health["HEALTHZ_IP"] ?? "0.0.0.0"
            set("STATUS_ADDRESS", address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)")
        }
        return (result, notes)
    }

    /// A switch's value as flannel reads it; nil for none.
    private static func isTrue(_ text: String) -> Bool? {
        switch text {
        case "1", "t", "T", "true", "TRUE", "True": true
        case "0", "f", "F", "false", "FALSE", "False": false
        default: nil
        }
    }
}
