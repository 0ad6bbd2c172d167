// SPDX-License-Identifier: Apache-2.0

package import Addressing

/// What the agent does and how, as the environment says; the names and defaults are the reference's.
package struct AgentOptions: Sendable, Hashable {
    package var warmENITarget = 1
    package var warmIPTarget: Int?
    package var minimumIPTarget: Int?
    package var warmPrefixTarget = 1
    package var maxENI: Int?
    package var reservedENIs = 0
    package var usesPrefixes = false
    package var cooldown = Duration.seconds(30)
    package var addWait = Duration.seconds(20)
    package var reservedAddresses: Set<IPAddress> = []

    package var isIPv4Enabled = true
    package var isIPv6Enabled = false
    package var isIMDSOnly = false
    package var isProvisioningDisabled = false
    package var isLeakSweepDisabled = false
    package var managesUntaggedENIs = true
    package var managesNonSchedulableNodes = false

    package var isCustomNetworking = false
    package var eniConfigLabel = "k8s.amazonaws.com/eniConfig"
    package var eniConfigAnnotation = "k8s.amazonaws.com/eniConfig"
    package var discoversSubnets = true
    package var additionalTags: [String: String] = [:]
    package var clusterName = ""
    package var clusterEndpoint = ""
    package var nodeName = ""
    package var annotatesPodIP = false
    package var isPodENIEnabled = false
    package var podSecurityGroupMode = "strict"

    package var externalSNAT = false
    package var excludedSNATPrefixes: [IPPrefix] = []
    package var externalServicePrefixes: [IPPrefix] = []
    package var randomizeSNAT = "prng"
    package var connmark: UInt32 = 0x80
    package var supportsNodePorts = true
    package var vethPrefix = "eni"
    package var eniMTU = 9001
    package var podMTU: Int?

    package var ec2Endpoint = ""
    package var region = ""
    package var httpTimeout = Duration.seconds(10)
    package var checkpoint = "/var/run/aws-node/ipam.json"
    package var logLevel = "info"
    package var introspectionAddress = "127.0.0.1:61679"
    package var isIntrospectionDisabled = false
    package var areMetricsDisabled = false

    package init() {}

    package var families: Families {
        var families: Families = []
        if isIPv4Enabled { families.insert(.v4) }
        if isIPv6Enabled { families.insert(.v6) }
        return families
    }

    /// How many addresses are kept ready.
    package var targets: Targets {
        var targets = Targets()
        targets.warmENIs = warmENITarget
        targets.warmAddresses = warmIPTarget
        targets.minimumAddresses = minimumIPTarget
        targets.warmPrefixes = warmPrefixTarget
        targets.usesPrefixes = usesPrefixes
        targets.families = families
        targets.maxENIs = maxENI
        targets.reservedENIs = reservedENIs
        return targets
    }

    /// Whether EC2 is asked to change anything.
    package var changesEC2: Bool { !isIMDSOnly && !isProvisioningDisabled }
}
