// SPDX-License-Identifier: Apache-2.0

import Addressing
import Testing
import VPCModel

/// Attaching, detaching and the limits of instance types.
@Suite struct AttachTests {
    @Test func attachingTakesItsTime() throws {
        var world = try World()
        let interface = try world.makeInterface()
        let attachment = try world.call(
            AttachNetworkInterface(interface: interface.id, instance: world.instance, deviceIndex: 1))
        let status = { (world: World) in world.region.resources.interfaces[interface.id]?.attachment?.status }
        #expect(!attachment.deleteOnTermination)
        #expect(status(world) == .attaching)
        #expect(world.region.nextEvent == world.time.adding(milliseconds: 1500))
        world.wait(1499)
        #expect(status(world) == .attaching)
        #expect(!world.region.resources.connectedInterfaces.map(\.id).contains(interface.id))
        world.wait(1)
        #expect(status(world) == .attached)
        #expect(world.region.resources.interfaces[interface.id]?.status == "in-use")

        try world.call(DetachNetworkInterface(attachment: attachment.id))
        #expect(status(world) == .detaching)
        #expect(world.region.resources.connectedInterfaces.map(\.id).contains(interface.id))
        #expect(
            world.refusal(DeleteNetworkInterface(interface: interface.id))?.code == "InvalidParameterValue")
        world.wait(1500)
        #expect(status(world) == nil)
        // What was assigned stays.
        #expect(world.region.resources.interfaces[interface.id]?.addresses == interface.addresses)
        try world.call(DeleteNetworkInterface(interface: interface.id))
    }

    @Test func thePrimaryInterfaceGoesWithItsInstance() throws {
        var world = try World()
        let primary = try #require(world.region.resources.interfaces[world.primary])
        #expect(primary.attachment?.deleteOnTermination == true)
        #expect(
            world.refusal(DetachNetworkInterface(attachment: primary.attachment?.id ?? ""))
                == EC2Error(
                    "OperationNotPermitted",
                    "The network interface at device index 0 and networkCard index 0 cannot be detached."))
        let kept = try world.attached(at: 1)
        let gone = try world.attached(at: 2)
        try world.call(
            ModifyNetworkInterfaceAttribute(
                interface: gone.id,
                changes: [.deleteOnTermination(attachment: gone.attachment?.id ?? "", true)]))
        try world.call(TerminateInstances(instances: [world.instance]))
        #expect(world.region.resources.instances[world.instance]?.state == .shuttingDown)
        world.wait(1000)
        #expect(world.region.resources.instances[world.instance]?.state == .terminated)
        #expect(world.region.resources.interfaces.keys.sorted() == [kept.id])
        #expect(world.region.resources.interfaces[kept.id]?.status == "available")
        world.wait(3_600_000)
        #expect(world.region.resources.instances[world.instance] == nil)
    }

    @Test func anIndexIsTakenOnce() throws {
        var world = try World()
        try world.attached(at: 1)
        let second = try world.makeInterface()
        #expect(
            world.refusal(
                AttachNetworkInterface(interface: second.id, instance: world.instance, deviceIndex: 1))
                == EC2Error(
                    "InvalidParameterValue",
                    "Instance '\(world.instance)' already has an interface attached at device index '1'."))
    }

    @Test func theTypesNumberOfInterfacesHolds() throws {
        var world = try World()
        try world.attached(at: 1)
        try world.attached(at: 2)
        let fourth = try world.makeInterface()
        #expect(
            world.refusal(
                AttachNetworkInterface(interface: fourth.id, instance: world.instance, deviceIndex: 3))
                == EC2Error("AttachmentLimitExceeded", "Interface count 4 exceeds the limit for m5.large"))
    }

    @Test func anInterfaceIsAttachedOnce() throws {
        var world = try World()
        let interface = try world.attached()
        #expect(
            world.refusal(
                AttachNetworkInterface(interface: interface.id, instance: world.instance, deviceIndex: 2))
                == EC2Error("InvalidNetworkInterface.InUse", "Interface: [\(interface.id)] in use."))
    }

    @Test func addressesAreCountedWhenAttaching() throws {
        var world = try World(type: "t3.medium")
        let interface = try world.makeInterface(secondaries: 6)
        #expect(
            world.refusal(
                AttachNetworkInterface(interface: interface.id, instance: world.instance, deviceIndex: 1))
                == EC2Error(
                    "InvalidInterface.IpAddressLimitExceeded",
                    "Address count 7 on interface \(interface.id) exceeds the limit for t3.medium"))
    }

    @Test func cardsHaveLimitsOfTheirOwn() throws {
        var world = try World(type: "p5.48xlarge")
        let type = try #require(world.region.settings.type("p5.48xlarge"))
        #expect(type.cards.count == 32)
        #expect(type.cards.first == 2)
        #expect(type.maximumPods == 100)
        try world.attached(at: 1)
        let interface = try world.makeInterface()
        let onDefault = AttachNetworkInterface(
            interface: interface.id, instance: world.instance, deviceIndex: 2, networkCard: 0)
        #expect(world.refusal(onDefault)?.code == "AttachmentLimitExceeded")
        // The index is free on card 1, but without a card it is compared across all.
        var onSecond = onDefault
        (onSecond.deviceIndex, onSecond.networkCard) = (1, nil)
        #expect(world.refusal(onSecond)?.code == "InvalidParameterValue")
        onSecond.networkCard = 1
        #expect(try world.call(onSecond).networkCard == 1)
        onSecond.networkCard = 32
        #expect(world.refusal(onSecond) != nil)
    }

    @Test func zonesHaveToBeTheSame() throws {
        var world = try World()
        let elsewhere = try world.call(
            CreateSubnet(vpc: world.vpc, cidr: try #require(IPPrefix("10.0.9.0/24")), zone: "us-east-1b"))
        let interface = try world.call(CreateNetworkInterface(subnet: elsewhere.id))
        #expect(
            world.refusal(
                AttachNetworkInterface(interface: interface.id, instance: world.instance, deviceIndex: 1))?
                .code == "InvalidParameterCombination")
    }

    @Test func xenTakesNoPrefixes() throws {
        var world = try World(type: "m4.large")
        let interface = try world.makeInterface(prefixes: 1)
        #expect(
            world.refusal(
                AttachNetworkInterface(interface: interface.id, instance: world.instance, deviceIndex: 1))?
                .code == "InvalidParameterValue")
        #expect(
            world.refusal(
                AssignPrivateIpAddresses(interface: world.primary, request: AddressRequest(prefixCount: 1)))?
                .code
                == "InvalidParameterValue")
        try world.call(AssignPrivateIpAddresses(interface: world.primary, request: AddressRequest(count: 1)))
    }

    @Test func aForcedDetachmentMayBlockTheIndex() throws {
        var settings = RegionSettings()
        settings.forceBlocksIndex = true
        var world = try World(settings: settings)
        let interface = try world.attached()
        try world.call(DetachNetworkInterface(attachment: interface.attachment?.id ?? "", force: true))
        #expect(world.region.resources.interfaces[interface.id]?.status == "available")
        let again = AttachNetworkInterface(
            interface: interface.id, instance: world.instance, deviceIndex: 1, networkCard: 0)
        #expect(world.refusal(again)?.code == "InvalidParameterValue")
        try world.call(StopInstances(instances: [world.instance]))
        world.wait(5000)
        #expect(world.region.resources.instances[world.instance]?.state == .stopped)
        try world.call(again)
    }

    @Test func wrongAttachmentsAreNamed() throws {
        var world = try World()
        #expect(
            world.refusal(DetachNetworkInterface(attachment: "eni-attach-0123456789abcdef0"))?.code
                == "InvalidAttachmentID.NotFound")
        #expect(
            world.refusal(DetachNetworkInterface(attachment: "x"))?.code
                == "InvalidNetworkInterfaceAttachmentId.Malformed")
        let interface = try world.makeInterface()
        #expect(
            world.refusal(
                AttachNetworkInterface(
                    interface: interface.id, instance: "i-0123456789abcdef0", deviceIndex: 1))?.code
                == "InvalidInstanceID.NotFound")
        try world.call(TerminateInstances(instances: [world.instance]))
        #expect(
            world.refusal(
                AttachNetworkInterface(interface: interface.id, instance: world.instance, deviceIndex: 1))?
                .code
                == "IncorrectState")
    }

    @Test func oneAttributeIsModifiedAtATime() throws {
        var world = try World()
        let modify = { (changes: [ModifyNetworkInterfaceAttribute.Change]) in
            ModifyNetworkInterfaceAttribute(interface: world.primary, changes: changes)
        }
        let (none, two) = (modify([]), modify([.description("a"), .sourceDestinationCheck(false)]))
        let (noGroups, off) = (modify([.groups([])]), modify([.sourceDestinationCheck(false)]))
        let wrong = modify([.deleteOnTermination(attachment: "eni-attach-0", true)])
        #expect(world.refusal(none)?.code == "MissingParameter")
        #expect(world.refusal(two)?.code == "InvalidParameterCombination")
        #expect(world.refusal(noGroups)?.code == "MissingParameter")
        #expect(world.refusal(wrong)?.code == "InvalidAttachmentID.NotFound")
        try world.call(off)
        #expect(world.region.resources.interfaces[world.primary]?.checksSourceAndDestination == false)
    }
}
