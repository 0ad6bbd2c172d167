// SPDX-License-Identifier: Apache-2.0

import Addressing
import Testing
import VPCModel

/// CreateNetworkInterface and DeleteNetworkInterface.
@Suite struct CreateTests {
    @Test func aNewInterfaceHasAPrimaryAddressAndTheDefaultGroup() throws {
        var world = try World()
        let interface = try world.makeInterface(secondaries: 3)
        #expect(interface.addresses.count == 4)
        #expect(interface.addresses.filter(\.isPrimary).count == 1)
        #expect(interface.status == "available")
        #expect(world.region.resources.groups(of: interface).map(\.name) == ["default"])
        #expect(world.available == 251 - 1 - 4)
    }

    @Test(arguments: ["10.0.0.0", "10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.255"])
    func reservedAddressesAreNobodys(address: String) throws {
        var world = try World()
        var request = CreateNetworkInterface(subnet: world.subnet)
        request.primaryAddress = IPAddress(address)
        #expect(
            world.refusal(request)
                == EC2Error(
                    "InvalidParameterValue", "Address \(address) is in subnet's reserved address range"))
    }

    @Test func anAddressOfAnotherSubnetIsRefused() throws {
        var world = try World()
        var request = CreateNetworkInterface(subnet: world.subnet)
        request.primaryAddress = IPAddress("10.0.1.9")
        #expect(
            world.refusal(request)
                == EC2Error(
                    "InvalidParameterValue",
                    "Address 10.0.1.9 does not fall within the subnet's address range"))
    }

    @Test func anAddressInUseIsRefused() throws {
        var world = try World()
        var request = CreateNetworkInterface(subnet: world.subnet)
        request.primaryAddress = IPAddress("10.0.0.77")
        if world.region.resources.owner(of: try #require(IPAddress("10.0.0.77")), in: world.vpc) == nil {
            try world.call(request)
        }
        #expect(world.refusal(request)?.code == "InvalidIPAddress.InUse")
    }

    @Test func listsCountsAndPrefixesExcludeEachOther() throws {
        var world = try World()
        var request = CreateNetworkInterface(subnet: world.subnet)
        request.ipv4 = AddressRequest(count: 1, prefixCount: 1)
        #expect(world.refusal(request)?.code == "InvalidParameterCombination")
        request.ipv4 = AddressRequest(addresses: [try #require(IPAddress("10.0.0.9"))], count: 2)
        #expect(world.refusal(request)?.code == "InvalidParameterCombination")
    }

    @Test func whatIsNotThereIsNamed() throws {
        var world = try World()
        #expect(
            world.refusal(CreateNetworkInterface(subnet: "subnet-0123456789abcdef0"))
                == EC2Error(
                    "InvalidSubnetID.NotFound", "The subnet ID 'subnet-0123456789abcdef0' does not exist"))
        #expect(
            world.refusal(CreateNetworkInterface(subnet: "nonsense"))?.code == "InvalidSubnetID.Malformed")
        var request = CreateNetworkInterface(subnet: world.subnet)
        request.groups = ["sg-0123456789abcdef0"]
        #expect(
            world.refusal(request)
                == EC2Error(
                    "InvalidSecurityGroupID.NotFound",
                    "The security group 'sg-0123456789abcdef0' does not exist"))
        #expect(
            world.refusal(DeleteNetworkInterface(interface: "eni-0123456789abcdef0"))
                == EC2Error(
                    "InvalidNetworkInterfaceID.NotFound",
                    "The networkInterface ID 'eni-0123456789abcdef0' does not exist"))
        #expect(
            world.refusal(DeleteNetworkInterface(interface: "eni-x"))?.code
                == "InvalidNetworkInterfaceId.Malformed")
    }

    @Test func aSubnetRunsOutOfAddresses() throws {
        var world = try World(cidr: "10.0.0.0/28")
        #expect(world.available == 11 - 1)
        try world.makeInterface(secondaries: 9)
        #expect(world.available == 0)
        let refusal = EC2Error(
            "InsufficientFreeAddressesInSubnet",
            "The specified subnet does not have enough free addresses to satisfy the request.")
        #expect(world.refusal(CreateNetworkInterface(subnet: world.subnet)) == refusal)
    }

    @Test func theSameTokenGivesTheSameInterface() throws {
        var world = try World()
        var request = CreateNetworkInterface(subnet: world.subnet)
        request.clientToken = "token-1"
        let first = try world.call(request)
        #expect(try world.call(request).id == first.id)
        #expect(world.region.resources.interfaces.count == 2)
        request.description = "another"
        #expect(world.refusal(request)?.code == "IdempotentParameterMismatch")
        request.clientToken = String(repeating: "x", count: 65)
        #expect(world.refusal(request)?.code == "InvalidClientToken")
    }

    @Test func quotasHold() throws {
        var settings = RegionSettings()
        settings.interfaceQuota = 2
        var world = try World(settings: settings)
        try world.makeInterface()
        #expect(
            world.refusal(CreateNetworkInterface(subnet: world.subnet))?.code
                == "NetworkInterfaceLimitExceeded")
        var full = try World()
        var request = CreateNetworkInterface(subnet: full.subnet)
        for index in 0..<6 {
            request.groups.append(
                try full.call(CreateSecurityGroup(name: "g\(index)", description: "g", vpc: full.vpc)).id)
        }
        #expect(full.refusal(request)?.code == "SecurityGroupsPerInterfaceLimitExceeded")
    }

    @Test func anInterfaceInUseIsNotDeleted() throws {
        var world = try World()
        let interface = try world.attached()
        #expect(
            world.refusal(DeleteNetworkInterface(interface: interface.id))
                == EC2Error(
                    "InvalidParameterValue", "Network interface '\(interface.id)' is currently in use."))
        var settings = RegionSettings()
        settings.answersInUse = true
        var other = try World(settings: settings)
        let second = try other.attached()
        #expect(
            other.refusal(DeleteNetworkInterface(interface: second.id))?.code
                == "InvalidNetworkInterface.InUse")
    }

    @Test func deletingGivesEverythingBack() throws {
        var world = try World()
        let before = world.available
        var request = CreateNetworkInterface(subnet: world.subnet)
        request.ipv4.prefixCount = 2
        request.ipv6.count = 3
        let interface = try world.call(request)
        #expect(world.available == before - 1 - 32)
        #expect(interface.ipv6Addresses.count == 3)
        try world.call(DeleteNetworkInterface(interface: interface.id))
        #expect(world.available == before)
        #expect(world.region.resources.subnets[world.subnet]?.ipv6Plan?.addresses.isEmpty == true)
    }

    @Test func tagsHaveLimits() throws {
        var world = try World()
        var request = CreateNetworkInterface(subnet: world.subnet)
        for index in 0...50 { request.tags["key\(index)"] = "" }
        #expect(world.refusal(request)?.code == "TagLimitExceeded")
        request.tags = ["aws:mine": ""]
        #expect(world.refusal(request)?.code == "InvalidParameterValue")
        request.tags = [String(repeating: "k", count: 128): ""]
        #expect(world.refusal(request)?.code == "InvalidTagKey.Malformed")
    }
}
