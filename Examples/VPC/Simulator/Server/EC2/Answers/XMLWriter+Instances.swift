// SPDX-License-Identifier: Apache-2.0

import Addressing
import VPCModel

extension XMLWriter {
    /// The elements of a reservation with its instances.
    mutating func reservation(_ instances: [Instance], in resources: Resources, of settings: RegionSettings) {
        element("reservationId", instances.first?.reservation)
        element("ownerId", settings.account)
        list("groupSet", [String]()) { _, _ in }
        list("instancesSet", instances.enumerated()) { writer, entry in
            writer.instance(entry.element, index: entry.offset, in: resources, of: settings)
        }
    }

    private mutating func instance(
        _ instance: Instance, index: Int, in resources: Resources, of settings: RegionSettings
    ) {
        let isGone = instance.state == .terminated
        let interfaces = resources.interfaces(of: instance.id)
        let primary = interfaces.first { $0.isPrimary }
        element("instanceId", instance.id)
        element("imageId", instance.image)
        group("instanceState") { $0.state(instance.state) }
        element("instanceType", instance.type.name)
        element("launchTime", instance.launchedAt.description)
        element("amiLaunchIndex", index)
        element("privateDnsName", settings.dnsName(of: primary?.primaryAddress))
        element("dnsName", "")
        element("privateIpAddress", primary?.primaryAddress?.description)
        element("ipAddress", primary?.addresses.first?.publicAddress?.description)
        if !isGone {
            element("subnetId", instance.subnet)
            element("vpcId", instance.vpc)
        }
        group("placement") {
            $0.element("availabilityZone", instance.zone)
            $0.element("availabilityZoneId", instance.zoneID)
            $0.element("groupName", "")
            $0.element("tenancy", "default")
        }
        group("monitoring") { $0.element("state", "disabled") }
        element("architecture", instance.type.architecture)
        element("hypervisor", "xen")
        element("virtualizationType", "hvm")
        element("rootDeviceType", "ebs")
        element("enaSupport", instance.type.hypervisor != .xen)
        element("ebsOptimized", false)
        element("clientToken", instance.clientToken ?? "")
        element("sourceDestCheck", primary?.checksSourceAndDestination ?? true)
        if let role = instance.role {
            group("iamInstanceProfile") {
                $0.element(
                    "arn", "arn:\(settings.partition):iam::\(settings.account):instance-profile/\(role)")
                $0.element("id", "AIPASIMULATOR")
            }
        }
        groupSet(primary?.groups ?? [], in: resources)
        list("networkInterfaceSet", interfaces) { $0.instanceInterface($1, in: resources, of: settings) }
        group("metadataOptions") { writer in
            writer.element("state", "applied")
            writer.element("httpTokens", instance.metadata.requiresToken ? "required" : "optional")
            writer.element("httpPutResponseHopLimit", instance.metadata.hopLimit)
            writer.element("httpEndpoint", instance.metadata.isEnabled ? "enabled" : "disabled")
            writer.element("httpProtocolIpv6", instance.metadata.ipv6 ? "enabled" : "disabled")
            writer.element("instanceMetadataTags", instance.metadata.instanceTags ? "enabled" : "disabled")
        }
        tags(instance.tags)
    }

    /// What became of instances.
    mutating func stateChanges(_ changes: [InstanceStateChange]) {
        list("instancesSet", changes) { writer, change in
            writer.element("instanceId", change.instance)
            writer.group("currentState") { $0.state(change.current) }
            writer.group("previousState") { $0.state(change.previous) }
        }
    }

    private mutating func state(_ state: Instance.State) {
        element("code", state.rawValue)
        element("name", state.name)
    }

    /// The elements of an instance type.
    mutating func instanceType(_ type: InstanceType) {
        element("instanceType", type.name)
        element("currentGeneration", true)
        element("freeTierEligible", false)
        texts("supportedUsageClasses", ["on-demand", "spot"])
        texts("supportedRootDeviceTypes", ["ebs"])
        texts("supportedVirtualizationTypes", ["hvm"])
        element("bareMetal", type.hypervisor == .metal)
        if type.hypervisor != .metal { element("hypervisor", type.hypervisor.rawValue) }
        group("processorInfo") { $0.texts("supportedArchitectures", [type.architecture]) }
        group("vCpuInfo") { $0.element("defaultVCpus", type.processors) }
        group("memoryInfo") { $0.element("sizeInMiB", type.memory) }
        element("instanceStorageSupported", false)
        group("networkInfo") { writer in
            writer.element("maximumNetworkInterfaces", type.cards.reduce(0, +))
            writer.element("maximumNetworkCards", type.cards.count)
            writer.element("defaultNetworkCardIndex", 0)
            writer.list("networkCards", Array(type.cards.enumerated())) { writer, card in
                writer.element("networkCardIndex", card.offset)
                writer.element("maximumNetworkInterfaces", card.element)
            }
            writer.element("ipv4AddressesPerInterface", type.ipv4PerInterface)
            writer.element("ipv6AddressesPerInterface", type.ipv6PerInterface)
            writer.element("ipv6Supported", type.ipv6PerInterface > 0)
            writer.element("enaSupport", type.hypervisor == .xen ? "unsupported" : "required")
            writer.element("efaSupported", type.supportsEFA)
            writer.element("encryptionInTransitSupported", false)
        }
    }
}
