// SPDX-License-Identifier: Apache-2.0

import Addressing
import Testing
import VPCModel

/// Addresses and prefixes of interfaces.
@Suite struct AddressTests {
    @Test func onlyTheNewAddressesAreAnswered() throws {
        var world = try World()
        let first = try world.call(
            AssignPrivateIpAddresses(interface: world.primary, request: AddressRequest(count: 4)))
        let second = try world.call(
            AssignPrivateIpAddresses(interface: world.primary, request: AddressRequest(count: 2)))
        #expect(first.addresses.count == 4)
        #expect(second.addresses.count == 2)
        #expect(Set(first.addresses).isDisjoint(with: second.addresses))
        #expect(world.region.resources.interfaces[world.primary]?.addresses.count == 7)
    }

    @Test func tooManyAreAllOrNothing() throws {
        var world = try World()
        #expect(
            world.refusal(
                AssignPrivateIpAddresses(interface: world.primary, request: AddressRequest(count: 10)))
                == EC2Error("PrivateIpAddressLimitExceeded", "Number of private addresses will exceed limit.")
        )
        try world.call(AssignPrivateIpAddresses(interface: world.primary, request: AddressRequest(count: 9)))
        #expect(
            world.refusal(
                AssignPrivateIpAddresses(interface: world.primary, request: AddressRequest(prefixCount: 1)))?
                .code == "PrivateIpAddressLimitExceeded")
    }

    @Test func aPrefixIsOneSlotAndSixteenAddresses() throws {
        var world = try World()
        let before = world.available
        let got = try world.call(
            AssignPrivateIpAddresses(interface: world.primary, request: AddressRequest(prefixCount: 9)))
        #expect(got.prefixes.count == 9)
        #expect(world.available == before - 144)
        for prefix in got.prefixes {
            #expect(prefix.length == 28)
            #expect(prefix.isNetwork)
            #expect(prefix.first != IPAddress("10.0.0.0") && prefix.last != IPAddress("10.0.0.255"))
        }
        let interface = try #require(world.region.resources.interfaces[world.primary])
        #expect(interface.owns(try #require(got.prefixes[0].first.advanced(by: 7))))
        #expect(interface.ipv4Slots == 10)
    }

    @Test func aFragmentedSubnetAndAFullOneAnswerDifferently() throws {
        // A /26 has four blocks of 16, the first and the last with reserved addresses: two are to be had.
        var world = try World(cidr: "10.0.0.0/26")
        let inFirst = world.region.resources.interfaces[world.primary]?.primaryAddress
        for text in ["10.0.0.20", "10.0.0.40"] where IPAddress(text) != inFirst {
            var request = CreateNetworkInterface(subnet: world.subnet)
            request.primaryAddress = IPAddress(text)
            try world.call(request)
        }
        let wanted = AssignPrivateIpAddresses(
            interface: world.primary, request: AddressRequest(prefixCount: 1))
        #expect(
            world.refusal(wanted)
                == EC2Error(
                    "InsufficientCidrBlocks",
                    "The specified subnet does not have enough free cidr blocks to satisfy the request."))
        try world.makeInterface(secondaries: world.available - 10)
        #expect(
            world.refusal(wanted)
                == EC2Error(
                    "InvalidParameterValue", "There aren't sufficient free Ipv4 addresses or prefixes"))
        var request = CreateNetworkInterface(subnet: world.subnet)
        request.ipv4.prefixCount = 1
        #expect(world.refusal(request)?.code == "InvalidParameterValue")
    }

    @Test func onlyAlignedPrefixesOfTheSubnetAreTaken() throws {
        var world = try World()
        for text in ["10.0.1.0/28", "10.0.0.16/27", "10.0.0.24/28", "10.0.0.16/29"] {
            let prefix = try #require(IPPrefix(text))
            #expect(
                world.refusal(
                    AssignPrivateIpAddresses(
                        interface: world.primary, request: AddressRequest(prefixes: [prefix])))?.code
                    == "InvalidParameterValue")
        }
        let reserved = try #require(IPPrefix("10.0.0.0/28"))
        #expect(
            world.refusal(
                AssignPrivateIpAddresses(
                    interface: world.primary, request: AddressRequest(prefixes: [reserved])))?.code
                == "InsufficientCidrBlocks")
    }

    @Test func anotherInterfacesAddressNeedsReassignment() throws {
        var world = try World()
        let other = try world.attached(secondaries: 2)
        let moved = try #require(other.addresses.last?.address)
        var call = AssignPrivateIpAddresses(
            interface: world.primary, request: AddressRequest(addresses: [moved]))
        #expect(world.refusal(call)?.code == "Resource.AlreadyAssigned")
        call.allowsReassignment = true
        let before = world.available
        #expect(try world.call(call).addresses == [moved])
        #expect(world.available == before)
        #expect(world.region.resources.owner(of: moved, in: world.vpc)?.id == world.primary)
        #expect(world.region.resources.interfaces[other.id]?.addresses.count == 2)
        let primary = try #require(other.primaryAddress)
        call.request.addresses = [primary]
        #expect(world.refusal(call)?.code == "Resource.AlreadyAssigned")
    }

    @Test func whatIsNotAssignedIsNotUnassigned() throws {
        var world = try World()
        let refusal = EC2Error(
            "InvalidParameterValue",
            "Some of the specified addresses are not assigned to interface \(world.primary)")
        let primary = try #require(world.region.resources.interfaces[world.primary]?.primaryAddress)
        let got = try world.call(
            AssignPrivateIpAddresses(interface: world.primary, request: AddressRequest(count: 2)))
        #expect(
            world.refusal(UnassignPrivateIpAddresses(interface: world.primary, addresses: [primary]))
                == refusal)
        let foreign = try #require(IPAddress("10.0.0.254"))
        // One wrong address spoils the call for the right one.
        #expect(
            world.refusal(
                UnassignPrivateIpAddresses(interface: world.primary, addresses: [got.addresses[0], foreign]))
                == refusal)
        try world.call(UnassignPrivateIpAddresses(interface: world.primary, addresses: got.addresses))
        #expect(world.region.resources.interfaces[world.primary]?.addresses.count == 1)
    }

    @Test func ipv6NeedsARange() throws {
        var world = try World()
        let plain = try world.call(CreateSubnet(vpc: world.vpc, cidr: try #require(IPPrefix("10.0.9.0/24"))))
        let interface = try world.call(CreateNetworkInterface(subnet: plain.id))
        #expect(
            world.refusal(AssignIpv6Addresses(interface: interface.id, request: AddressRequest(count: 1)))?
                .code
                == "InvalidParameterValue")
        let got = try world.call(
            AssignIpv6Addresses(interface: world.primary, request: AddressRequest(prefixCount: 1)))
        let prefix = try #require(got.prefixes.first)
        #expect(prefix.length == 80)
        #expect(prefix.isNetwork)
        let back = try world.call(UnassignIpv6Addresses(interface: world.primary, prefixes: [prefix]))
        #expect(back.prefixes == [prefix])
        #expect(
            world.refusal(UnassignIpv6Addresses(interface: world.primary, prefixes: [prefix]))?.code
                == "InvalidParameterValue")
    }

    @Test func nothingIsNoRequest() throws {
        var world = try World()
        #expect(
            world.refusal(AssignPrivateIpAddresses(interface: world.primary, request: AddressRequest()))?.code
                == "MissingParameter")
        #expect(
            world.refusal(
                AssignPrivateIpAddresses(interface: world.primary, request: AddressRequest(count: 0)))?.code
                == "InvalidParameterValue")
        #expect(
            world.refusal(UnassignPrivateIpAddresses(interface: world.primary))?.code == "MissingParameter")
    }

    @Test func aStoppedInstanceKeepsItsAddresses() throws {
        var world = try World()
        let before = world.available
        try world.call(StopInstances(instances: [world.instance]))
        world.wait(5000)
        #expect(world.available == before)
        try world.call(StartInstances(instances: [world.instance]))
        world.wait(5000)
        #expect(world.region.resources.instances[world.instance]?.boots == 2)
    }
}
