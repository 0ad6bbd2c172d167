// SPDX-License-Identifier: Apache-2.0

import CNITesting
import CNITypes
import LinuxCore
import Testing

@testable import IPAM

/// Long random sequences of operations, also of the reference plugin's, of crashes and of reboots,
/// against a model: which address whose is.
@Suite("host-local: random histories")
struct RandomWalkTests {
    private static let containers = ["a", "b", "c", "d"]
    private static let pool = ["10.1.2.2", "10.1.2.3", "10.1.2.4", "10.1.2.6"]

    @Test(arguments: 0..<60)
    func `after any history, leases are exactly what was added and not deleted`(stream: Int) throws {
        var random = Seeded(stream)
        let world = try World()
        var boot = 1
        var model: [String: String] = [:]
        var ours: Set<String> = []
        let ipam: JSON = [
            "ranges": [
                [
                    ["subnet": "10.1.2.0/29", "rangeEnd": "10.1.2.4"],
                    ["subnet": "10.1.2.0/29", "rangeStart": "10.1.2.6"],
                ]
            ]
        ]
        for step in 0..<60 {
            let comment: Comment = "TEST_SEED=\(Seeded.seed), history \(stream), step \(step)"
            let plugin = try world.plugin(ipam, boot: "\(boot)")
            let container = Self.containers.randomElement(using: &random) ?? "a"
            let interface = Bool.random(using: &random) ? "eth0" : "eth1"
            let owner = "\(container)\r\n\(interface)"
            let target = try attachment(container, interface)
            switch Int.random(in: 0..<12, using: &random) {
            case 0...3:
                let free = Set(Self.pool).subtracting(model.keys)
                if model.values.contains(owner) || free.isEmpty {
                    #expect(throws: CNIError.self, comment) { try plugin.add(target) }
                } else {
                    let given = try plugin.add(target).ips.map { "\($0.address.address)" }
                    #expect(given.count == 1 && free.contains(given[0]), comment)
                    model[given[0]] = owner
                    ours.insert(given[0])
                }
            case 4...6:
                try plugin.delete(target)
                model = model.filter { $0.value != owner }
            case 7:
                let kept = Set(model.values.filter { _ in Bool.random(using: &random) })
                try plugin.collect(
                    keeping: Set(
                        kept.map { owner in
                            let parts = owner.split(separator: "\r\n").map(String.init)
                            return AttachmentReference(containerID: parts[0], ifname: parts[1])
                        }))
                model = model.filter { kept.contains($0.value) }
            case 8:
                // The reference plugin leases an address.
                let free = Set(Self.pool).subtracting(model.keys).sorted()
                if !model.values.contains(owner), let address = free.randomElement(using: &random) {
                    try world.write(address, owner)
                    try world.write("last_reserved_ip.0", address)
                    model[address] = owner
                    ours.remove(address)
                }
            case 9:
                // It releases one.
                if let address = model.keys.sorted().randomElement(using: &random) {
                    try File.remove("\(world.network)/\(address)")
                    model[address] = nil
                }
            case 10:
                // A DEL dies, and is repeated.
                let k = Int.random(in: 0..<30, using: &random)
                try FaultInjection.halting(at: k) { try plugin.delete(target) }
                try plugin.delete(target)
                model = model.filter { $0.value != owner }
            default:
                if Bool.random(using: &random) {
                    // An ADD dies, and the runtime deletes.
                    let k = Int.random(in: 0..<40, using: &random)
                    let held = model.values.contains(owner)
                    _ = try? FaultInjection.halting(at: k) { try plugin.add(target) }
                    if !held { try plugin.delete(target) }
                } else if Int.random(in: 0..<3, using: &random) == 0 {
                    // What we leased before the reboot goes with the first operation after it, and nothing else.
                    try plugin.refresh()
                    boot += 1
                    model = model.filter { !ours.contains($0.key) }
                    try world.plugin(ipam, boot: "\(boot)").refresh()
                }
            }
            #expect(world.leases() == model, comment)
        }
        let plugin = try world.plugin(ipam, boot: "\(boot)")
        try plugin.refresh()
        #expect(world.indexErrors() == [] && world.strays() == [], "TEST_SEED=\(Seeded.seed)")
        try plugin.collect(keeping: [])
        #expect(world.leases() == [:] && world.indexFiles() == [], "TEST_SEED=\(Seeded.seed)")
    }
}
