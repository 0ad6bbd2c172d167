// SPDX-License-Identifier: Apache-2.0

/// The options, and what is to be said about the variables.
package struct ReadOptions: Sendable, Hashable {
    package var options = AgentOptions()
    /// Values that cannot be, each with its variable: the agent does not start.
    package var errors: [String] = []
    /// Variables that are set and do nothing here, or that nobody knows.
    package var warnings: [String] = []

    package init() {}
}

extension AgentOptions {
    /// Reads the environment; every mistake at once.
    package static func read(_ environment: [String: String]) -> ReadOptions {
        var read = ReadOptions()
        var known: Set<String> = []
        for variable in Variable.all {
            known.insert(variable.name)
            guard let value = environment[variable.name], !value.isEmpty else { continue }
            switch variable.meaning {
            case .option(_, let set):
                do throws(ValueError) {
                    try set(&read.options, value)
                } catch {
                    read.errors.append("\(variable.name): \(error)")
                }
            case .none(let reason): read.warnings.append("\(variable.name) has no meaning here: \(reason)")
            }
        }
        for name in environment.keys.sorted() where !known.contains(name) && isOfFamily(name) {
            let near = known.filter { distance(name, $0) <= 3 }.min {
                distance(name, $0) < distance(name, $1)
            }
            read.warnings.append("\(name) is not known" + (near.map { "; is \($0) meant?" } ?? ""))
        }
        read.check()
        return read
    }

    /// Whether a name is of those that the reference or this agent has, so that an unknown one is a mistake.
    private static func isOfFamily(_ name: String) -> Bool {
        [
            "AWS_VPC_", "WARM_", "VPC_AGENT_", "ENI_CONFIG_", "MINIMUM_IP_", "IP_COOLDOWN_",
            "AWS_EXTERNAL_SERVICE_",
            "RESERVED_ENI", "MAX_ENI",
        ].contains { name.hasPrefix($0) }
    }

    /// The fewest letters to insert, remove or replace (Levenshtein).
    private static func distance(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left.utf8), Array(right.utf8))
        var row = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, b) in right.enumerated() {
                let above = row[j + 1]
                row[j + 1] = min(above + 1, row[j] + 1, diagonal + (a == b ? 0 : 1))
                diagonal = above
            }
        }
        return row[right.count]
    }
}

extension ReadOptions {
    /// Refuses what does not go together.
    fileprivate mutating func check() {
        if options.families.isEmpty { errors.append("ENABLE_IPv4 and ENABLE_IPv6 are both false") }
        if options.isIPv6Enabled && options.isCustomNetworking && !options.isIPv4Enabled {
            errors.append("AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG is for IPv4, and ENABLE_IPv4 is false")
        }
        if let mtu = options.podMTU, mtu > options.eniMTU {
            errors.append("POD_MTU \(mtu) is more than AWS_VPC_ENI_MTU \(options.eniMTU)")
        }
        if options.isIPv6Enabled, min(options.eniMTU, options.podMTU ?? .max) < 1280 {
            errors.append("IPv6 needs an MTU of at least 1280 (RFC 8200)")
        }
        if options.usesPrefixes, options.warmPrefixTarget == 0, options.warmIPTarget ?? 0 == 0,
            options.minimumIPTarget ?? 0 == 0
        {
            errors.append(
                "ENABLE_PREFIX_DELEGATION needs one of WARM_PREFIX_TARGET, WARM_IP_TARGET, MINIMUM_IP_TARGET above 0"
            )
        }
        if options.warmIPTarget != nil || options.minimumIPTarget != nil {
            if options.warmENITarget != 1 {
                warnings.append(
                    "WARM_ENI_TARGET counts for nothing while WARM_IP_TARGET or MINIMUM_IP_TARGET is set")
            }
        }
    }
}
