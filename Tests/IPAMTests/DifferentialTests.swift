// SPDX-License-Identifier: Apache-2.0

import CNITypes
import LinuxCore
import Synchronization
import Testing

@testable import IPAM

@Suite("host-local: beside the reference plugin", .needsReferencePlugin)
struct DifferentialTests {
    let world: World

    init() throws { world = try World(in: "/tmp") }

    private func reference(
        _ command: String, _ name: String, _ ipam: JSON, in world: World, version: String = "1.0.0",
        args: String = "", runtimeConfig: JSON? = nil
    ) throws -> ReferencePlugin.Outcome {
        let configuration = try world.configuration(ipam, version: version, runtimeConfig: runtimeConfig)
        return try ReferencePlugin.call(
            command, Scenario.named(name), configuration: configuration.raw, args: args,
            folder: world.directory)
    }

    @Test func `we release what it leased, and it what we leased`() throws {
        let ipam: JSON = ["ranges": [[["subnet": "10.1.2.0/24"]], [["subnet": "fd00::/64"]]]]
        let plugin = try world.plugin(ipam)
        #expect(try plugin.addresses("a") == ["10.1.2.2", "fd00::2"])
        let its = try reference("ADD", "b", ipam, in: world)
        #expect(
            its.output["ips"]?.array?.compactMap { $0["address"]?.string } == ["10.1.2.3/24", "fd00::3/64"])
        #expect(try plugin.addresses("c") == ["10.1.2.4", "fd00::4"])
        try plugin.check(attachment("b"), previous: nil)
        #expect(try reference("CHECK", "c", ipam, in: world).status == 0)
        try plugin.delete(attachment("b"))
        #expect(try reference("DEL", "a", ipam, in: world).status == 0)
        #expect(world.leases() == ["10.1.2.4": "c\r\neth0", "fd00::4": "c\r\neth0"])
        #expect(try reference("DEL", "c", ipam, in: world).status == 0)
        try plugin.delete(attachment("c"))
        #expect(world.leases() == [:] && world.indexFiles() == [])
    }

    /// Configurations with what a runtime asks for.
    private static let cases: [(JSON, String, JSON?)] = [
        (["subnet": "10.1.2.0/29"], "", nil),
        (
            [
                "subnet": "10.1.2.0/29", "gateway": "10.1.2.3",
                "routes": [["dst": "0.0.0.0/0", "gw": "10.1.2.3"]],
            ], "", nil
        ),
        (["subnet": "10.1.2.0/24", "rangeStart": "10.1.2.10", "rangeEnd": "10.1.2.12"], "", nil),
        (["ranges": [[["subnet": "10.1.2.0/30"], ["subnet": "10.2.0.0/30"]]]], "", nil),
        (["ranges": [[["subnet": "10.1.2.0/24"]], [["subnet": "fd00::/126"]]]], "", nil),
        (["subnet": "10.1.2.0/24"], "IP=10.1.2.77", nil),
        (["subnet": "10.1.2.0/24"], "", ["ips": ["10.1.2.78/24"]]),
        (["subnet": "10.1.2.0/24"], "", ["ips": ["10.1.2.1"]]),
        (["subnet": "10.1.2.0/24"], "", ["ips": ["10.9.9.9"]]),
        (
            ["ranges": [[["subnet": "fd00::/64"]]]], "IgnoreUnknown=1;X=y",
            ["ipRanges": [[["subnet": "10.1.2.0/24"]]]]
        ),
    ]

    @Test(arguments: cases.indices, ["0.2.0", "0.3.1", "0.4.0", "1.0.0"])
    func `the same calls have the same results and leave the same files`(index: Int, version: String) throws {
        let (ipam, args, runtimeConfig) = Self.cases[index]
        let other = try World(in: "/tmp")
        let plugin = try world.plugin(ipam, version: version, args: args, runtimeConfig: runtimeConfig)
        let spec = try #require(SpecVersion(version))
        for name in ["a", "b", "a", "a eth1", "c", "d", "e", "-b", "f", "-a", "-c", "g", "h", "-nobody"] {
            let isDelete = name.hasPrefix("-")
            let its = try reference(
                isDelete ? "DEL" : "ADD", isDelete ? String(name.dropFirst()) : name, ipam, in: other,
                version: version, args: args, runtimeConfig: runtimeConfig)
            let comment: Comment = "\(name)"
            if isDelete {
                try plugin.delete(Scenario.named(String(name.dropFirst())))
            } else {
                do throws(CNIError) {
                    let ours = try plugin.add(Scenario.parsed(name))
                    #expect(try CNIResult(json: its.output) == ours, comment)
                    #expect(try ours.json(version: spec)["cniVersion"] == its.output["cniVersion"], comment)
                } catch {
                    // With an address asked for, it looks for a second allocation to the same attachment
                    // after the address, or (for another address) not at all.
                    let isSecond = error.code == .duplicateAllocation && [5, 6].contains(index)
                    #expect(its.output["msg"]?.string == error.message || isSecond, comment)
                    // Its failing ADD may have moved the round robin on. Ours changes nothing.
                    for file in ["last_reserved_ip.0", "last_reserved_ip.1"] {
                        if let memory = other.text("\(other.network)/\(file)") {
                            try world.write(file, memory)
                        }
                    }
                }
            }
            #expect(world.leases() == other.leases(), comment)
            #expect(
                world.text("\(world.network)/last_reserved_ip.0")
                    == other.text("\(other.network)/last_reserved_ip.0"), comment)
        }
    }

    @Test func `both at once, in threads and processes, give no address twice`() throws {
        let ipam: JSON = ["subnet": "10.1.2.0/26"]
        let inUse = Mutex<[String: String]>([:])
        let problems = Mutex<[String]>([])
        let world = world
        onThreads(8) { number in
            do {
                for round in 0..<6 {
                    let name = "container-\(number)"
                    let target = try attachment(name)
                    var given: [String]
                    if (number + round).isMultiple(of: 2) {
                        given = try world.plugin(ipam).addresses(name)
                    } else {
                        let output = try reference("ADD", name, ipam, in: world).output
                        given =
                            output["ips"]?.array?.compactMap {
                                ($0["address"]?.string).flatMap { IPPrefix($0) }.map { "\($0.address)" }
                            } ?? []
                    }
                    if given.count != 1 { problems.withLock { $0.append("\(name): \(given)") } }
                    for address in given {
                        if let other = inUse.withLock({ $0.updateValue(name, forKey: address) }) {
                            problems.withLock { $0.append("\(address) for \(name) and \(other)") }
                        }
                    }
                    inUse.withLock { for address in given { $0[address] = nil } }
                    if round.isMultiple(of: 2) {
                        try world.plugin(ipam).delete(target)
                    } else {
                        _ = try reference("DEL", name, ipam, in: world)
                    }
                }
            } catch {
                problems.withLock { $0.append("\(number): \(error)") }
            }
        }
        #expect(problems.withLock { $0 } == [])
        #expect(world.leases() == [:])
        try world.plugin(ipam).refresh()
        #expect(world.indexFiles() == [] && world.strays() == [])
    }
}

extension Scenario {
    fileprivate static func parsed(_ name: String) throws(CNIError) -> CNITypes.Attachment {
        let parts = name.split(separator: " ").map(String.init)
        return Attachment(
            network: try NetworkName("net"), containerID: try ContainerID(parts[0]),
            interface: try InterfaceName(parts.count > 1 ? parts[1] : "eth0"))
    }
}
