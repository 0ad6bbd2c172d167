// SPDX-License-Identifier: Apache-2.0

import Addressing
import Testing
import VPCModel

/// Pages, filters, views that lag.
@Suite struct DescribeTests {
    private func worldOfTwelve() throws -> World {
        var world = try World()
        for index in 0..<11 {
            var request = CreateNetworkInterface(subnet: world.subnet)
            request.description = "interface \(index)"
            request.tags = index % 2 == 0 ? ["parity": "even"] : [:]
            try world.call(request)
        }
        return world
    }

    @Test func pagesHaveEverythingOnce() throws {
        var world = try worldOfTwelve()
        var seen: [String] = []
        var request = DescribeRequest(maxResults: 5)
        var sizes: [Int] = []
        repeat {
            let page = try world.call(DescribeNetworkInterfaces(request))
            seen += page.items.map(\.id)
            sizes.append(page.items.count)
            request.nextToken = page.nextToken
        } while request.nextToken != nil
        #expect(sizes == [5, 5, 2])
        #expect(Set(seen).count == 12)
    }

    @Test func pageSizesHaveLimits() throws {
        var world = try worldOfTwelve()
        for size in [4, 1001] {
            #expect(
                world.refusal(DescribeNetworkInterfaces(DescribeRequest(maxResults: size)))?.code
                    == "InvalidParameterValue")
        }
        #expect(
            world.refusal(DescribeNetworkInterfaces(DescribeRequest(ids: [world.primary], maxResults: 5)))
                == EC2Error(
                    "InvalidParameterCombination",
                    "The parameter NetworkInterfaceIds cannot be used with the parameter MaxResults"))
        #expect(
            world.refusal(DescribeInstanceTypes(DescribeRequest(maxResults: 101)))?.code
                == "InvalidParameterValue")
        #expect(try world.call(DescribeInstances(DescribeRequest(maxResults: 1))).nextToken == nil)
    }

    @Test func tokensAreForTheirRequest() throws {
        var world = try worldOfTwelve()
        let token = try world.call(DescribeNetworkInterfaces(DescribeRequest(maxResults: 5))).nextToken
        #expect(token != nil)
        let other = DescribeRequest(
            filters: [Filter("status", ["available"])], maxResults: 5, nextToken: token)
        #expect(world.refusal(DescribeNetworkInterfaces(other))?.code == "InvalidPaginationToken")
        #expect(
            world.refusal(DescribeNetworkInterfaces(DescribeRequest(maxResults: 5, nextToken: "nonsense")))?
                .code
                == "InvalidNextToken")
    }

    @Test func aFilterMayLeaveAnEmptyPageWithAToken() throws {
        var world = try worldOfTwelve()
        world.region.faults.filtersAfterPaging = true
        let request = DescribeRequest(filters: [Filter("description", ["interface 10"])], maxResults: 5)
        let first = try world.call(DescribeNetworkInterfaces(request))
        #expect(first.items.isEmpty)
        #expect(first.nextToken != nil)
    }

    @Test func filtersTakeWildcardsAndTags() throws {
        var world = try worldOfTwelve()
        let count = { (world: inout World, filters: [Filter]) in
            try world.call(DescribeNetworkInterfaces(DescribeRequest(filters: filters))).items.count
        }
        #expect(try count(&world, [Filter("tag:parity", ["even"])]) == 6)
        #expect(try count(&world, [Filter("tag-key", ["par*"])]) == 6)
        #expect(try count(&world, [Filter("description", ["interface ?"])]) == 10)
        #expect(try count(&world, [Filter("description", ["interface 1", "interface 2"])]) == 2)
        #expect(try count(&world, [Filter("attachment.instance-id", [world.instance])]) == 1)
        #expect(try count(&world, [Filter("attachment.device-index", ["0"])]) == 1)
        #expect(try count(&world, [Filter("attachment.status", ["attached"])]) == 1)
        #expect(try count(&world, [Filter("group-id", [world.group])]) == 1)
        #expect(try count(&world, [Filter("status", ["available"]), Filter("tag:parity", ["odd"])]) == 0)
        #expect(
            world.refusal(DescribeNetworkInterfaces(DescribeRequest(filters: [Filter("colour", ["red"])])))
                == EC2Error("InvalidParameterValue", "The filter 'colour' is invalid"))
        let many = (0...200).map { "\($0)" }
        #expect(
            world.refusal(DescribeNetworkInterfaces(DescribeRequest(filters: [Filter("status", many)])))?.code
                == "FilterLimitExceeded")
    }

    @Test func wildcardsMatchAsFiltersDo() {
        #expect(Wildcard("a*c").matches("abbbc"))
        #expect(!Wildcard("a*c").matches("abbbd"))
        #expect(Wildcard("*").matches(""))
        #expect(Wildcard("a\\*").matches("a*"))
        #expect(!Wildcard("a\\*").matches("ab"))
        #expect(Wildcard("ec2:describe*").matches("ec2:DescribeTags", ignoringCase: true))
        #expect(Wildcard("*a*a*a*b").matches(String(repeating: "a", count: 60) + "b"))
        #expect(!Wildcard("*a*a*a*b").matches(String(repeating: "a", count: 60)))
    }

    @Test func describeMayLag() throws {
        var world = try World()
        world.region.faults.describeLag = 3000
        let interface = try world.makeInterface()
        // A new identifier is not known yet, and the subnet's number is the old one.
        #expect(
            world.refusal(DescribeNetworkInterfaces(DescribeRequest(ids: [interface.id])))?.code
                == "InvalidNetworkInterfaceID.NotFound")
        world.wait(2999)
        #expect(try world.call(DescribeNetworkInterfaces()).items.count == 1)
        world.wait(1)
        #expect(try world.call(DescribeNetworkInterfaces()).items.count == 2)
        try world.call(DeleteNetworkInterface(interface: interface.id))
        #expect(try world.call(DescribeNetworkInterfaces()).items.count == 2)
        world.wait(3000)
        #expect(try world.call(DescribeNetworkInterfaces()).items.count == 1)
    }

    @Test func attachmentsAreSeenLateToo() throws {
        var world = try World()
        world.region.faults.describeLag = 10_000
        let interface = try world.attached()
        let seen = { (world: inout World) throws in
            try world.call(DescribeNetworkInterfaces()).items.first { $0.id == interface.id }?.status
        }
        #expect(interface.status == "in-use")
        world.wait(5500)
        #expect(try seen(&world) == "attaching")
        world.wait(1500)
        #expect(try seen(&world) == "in-use")
    }
}
