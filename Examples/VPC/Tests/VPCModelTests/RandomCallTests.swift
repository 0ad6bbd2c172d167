// SPDX-License-Identifier: Apache-2.0

import Addressing
import Testing
import VPCModel

/// Whatever is called in whatever order: what is always true.
@Suite struct RandomCallTests {
    @Test(arguments: 0..<8)
    func invariantsHold(run: UInt64) throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        try check(seed: seed, cidr: run % 2 == 0 ? "10.0.0.0/26" : "10.0.0.0/24")
    }

    private func check(seed: UInt64, cidr: String) throws {
        var random = Randomness(seed: seed)
        var settings = RegionSettings()
        settings.seed = seed
        var world = try World(type: "t3.medium", cidr: cidr, settings: settings)
        try world.call(RunInstances(subnet: world.subnet, type: "m4.large"))
        var (done, refused) = (0, 0)
        for step in 0..<400 {
            do throws(EC2Error) {
                try call(&world, &random)
                done += 1
            } catch {
                refused += 1
            }
            if Int.random(in: 0..<3, using: &random) == 0 {
                world.wait(Int64.random(in: 0...2000, using: &random))
            }
            let violations = violations(in: world.region)
            try #require(violations.isEmpty, "seed \(seed), step \(step): \(violations)")
        }
        #expect(done > 50 && refused > 5, "seed \(seed): \(done) calls done, \(refused) refused")
    }

    private func call(_ world: inout World, _ random: inout Randomness) throws(EC2Error) {
        let resources = world.region.resources
        let interfaces = resources.interfaces.values.sorted { $0.serial < $1.serial }
        let instances = resources.instances.values.sorted { $0.serial < $1.serial }
        let interface = interfaces.randomElement(using: &random)
        let instance = instances.randomElement(using: &random)?.id ?? "i-0"
        let id = interface?.id ?? "eni-0"
        let number = Int.random(in: 1...4, using: &random)
        switch Int.random(in: 0..<12, using: &random) {
        case 0, 1:
            var request = CreateNetworkInterface(subnet: world.subnet)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: request.ipv4.count = number
            case 1: request.ipv4.prefixCount = 1
            case 2: request.ipv6.count = number
            default: request.ipv6.prefixCount = 1
            }
            try world.call(request)
        case 2, 3:
            try world.call(AttachNetworkInterface(interface: id, instance: instance, deviceIndex: number))
        case 4:
            try world.call(
                DetachNetworkInterface(
                    attachment: interface?.attachment?.id ?? "eni-attach-0", force: number == 1))
        case 5: try world.call(DeleteNetworkInterface(interface: id))
        case 6, 7:
            let request = number == 1 ? AddressRequest(prefixCount: 1) : AddressRequest(count: number)
            try world.call(AssignPrivateIpAddresses(interface: id, request: request))
        case 8:
            let address = interfaces.randomElement(using: &random)?.addresses.randomElement(using: &random)?
                .address
            try world.call(
                AssignPrivateIpAddresses(
                    interface: id, request: AddressRequest(addresses: [address].compactMap { $0 }),
                    allowsReassignment: true))
        case 9:
            let addresses = [interface?.addresses.randomElement(using: &random)?.address].compactMap { $0 }
            let prefixes = interface?.ipv4Prefixes ?? []
            try world.call(
                number > 2
                    ? UnassignPrivateIpAddresses(interface: id, addresses: addresses)
                    : UnassignPrivateIpAddresses(interface: id, prefixes: prefixes))
        case 10: try world.call(AssignIpv6Addresses(interface: id, request: AddressRequest(count: number)))
        default:
            if number == 1 {
                try world.call(TerminateInstances(instances: [instance]))
            } else {
                try world.call(RunInstances(subnet: world.subnet, type: "t3.medium"))
            }
        }
    }

    /// What is not as it has to be.
    private func violations(in region: Region) -> [String] {
        var violations: [String] = []
        let resources = region.resources
        for subnet in resources.subnets.values {
            let interfaces = resources.interfaces.values.filter { $0.subnet == subnet.id }
            let singles = interfaces.flatMap { $0.addresses.map(\.address) }
            let prefixes = interfaces.flatMap(\.ipv4Prefixes)
            let six = interfaces.flatMap(\.ipv6Addresses)
            let sixPrefixes = interfaces.flatMap(\.ipv6Prefixes)
            if Set(singles).count != singles.count { violations.append("an address twice") }
            if Set(prefixes).count != prefixes.count { violations.append("a prefix twice") }
            if Set(six).count != six.count { violations.append("an IPv6 address twice") }
            for prefix in prefixes where singles.contains(where: { prefix.contains($0) }) {
                violations.append("an address in a prefix")
            }
            for prefix in sixPrefixes where six.contains(where: { prefix.contains($0) }) {
                violations.append("an IPv6 address in a prefix")
            }
            for address in singles where subnet.plan.isReserved(address) || !subnet.cidr.contains(address) {
                violations.append("\(address) was given")
            }
            for prefix in prefixes where prefix.first == subnet.cidr.first || prefix.last == subnet.cidr.last
            {
                violations.append("\(prefix) was given")
            }
            if subnet.plan.addresses != Set(singles) || subnet.plan.prefixes != Set(prefixes) {
                violations.append("the subnet's plan is not what its interfaces have")
            }
            if subnet.ipv6Plan?.addresses ?? [] != Set(six)
                || subnet.ipv6Plan?.prefixes ?? [] != Set(sixPrefixes)
            {
                violations.append("the subnet's IPv6 plan is not what its interfaces have")
            }
            let size = Int(subnet.cidr.range.count)
            if subnet.plan.available != size - 5 - singles.count - 16 * prefixes.count {
                violations.append("\(subnet.plan.available) available")
            }
        }
        for instance in resources.instances.values {
            let interfaces = resources.interfaces(of: instance.id)
            if interfaces.count > instance.type.cards[0] { violations.append("too many interfaces") }
            let indexes = interfaces.compactMap { $0.attachment?.deviceIndex }
            if Set(indexes).count != indexes.count { violations.append("an index twice") }
            if instance.state != .terminated, !indexes.contains(0) {
                violations.append("no primary interface")
            }
            if instance.state == .terminated, !interfaces.isEmpty {
                violations.append("interfaces of a gone instance")
            }
            for interface in interfaces {
                if interface.ipv4Slots > instance.type.ipv4PerInterface {
                    violations.append("too many addresses")
                }
                if interface.ipv6Slots > instance.type.ipv6PerInterface {
                    violations.append("too many IPv6 addresses")
                }
                if !instance.type.supportsPrefixes, !interface.ipv4Prefixes.isEmpty {
                    violations.append("prefix on Xen")
                }
            }
        }
        for interface in resources.interfaces.values {
            if interface.addresses.filter(\.isPrimary).count != 1 {
                violations.append("not one primary address")
            }
            if interface.groups.isEmpty { violations.append("no group") }
        }
        return violations
    }
}
