// SPDX-License-Identifier: Apache-2.0

import CNITesting
import CNITypes
import LinuxCore
import Synchronization
import Testing

@testable import IPAM

/// An operation, what there was before it, and whom it releases.
struct Scenario: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// The attachments that have leases before, as `container` or `container interface`.
    var before: [String]
    /// Makes further changes before the operation.
    var prepare: @Sendable (World) throws -> Void = { _ in }
    var boot = "boot-1"
    /// Those of `before` that must keep their leases, whatever becomes of the operation.
    var bystanders: [String]
    var operation: @Sendable (HostLocal) throws -> Void

    static let ipam: JSON = [
        "ranges": [[["subnet": "10.1.2.0/29"]], [["subnet": "fd00::/125", "rangeEnd": "fd00::6"]]]
    ]
    /// How many attachments fit: both sets have 5 addresses without the gateway.
    static let capacity = 5

    static let all: [Scenario] = [
        Scenario(testDescription: "the first ADD of all", before: [], bystanders: []) {
            _ = try $0.add(attachment("new"))
        },
        Scenario(testDescription: "ADD", before: ["a", "b"], bystanders: ["a", "b"]) {
            _ = try $0.add(attachment("new"))
        },
        Scenario(testDescription: "ADD of a second interface", before: ["a", "b"], bystanders: ["a", "b"]) {
            _ = try $0.add(attachment("a", "eth1"))
        },
        Scenario(testDescription: "DEL", before: ["a", "b", "c"], bystanders: ["a", "c"]) {
            try $0.delete(attachment("b"))
        },
        Scenario(testDescription: "the last DEL", before: ["a"], bystanders: []) {
            try $0.delete(attachment("a"))
        },
        Scenario(testDescription: "GC", before: ["a", "b", "c", "d"], bystanders: ["b"]) {
            try $0.collect(keeping: [AttachmentReference(containerID: "b", ifname: "eth0")])
        },
        Scenario(
            testDescription: "ADD after a reboot", before: ["a", "b"], boot: "boot-2", bystanders: []
        ) { _ = try $0.add(attachment("a")) },
        Scenario(
            testDescription: "DEL after a reboot", before: ["a", "b"], boot: "boot-2", bystanders: []
        ) { try $0.delete(attachment("a")) },
        Scenario(
            testDescription: "ADD after the reference plugin", before: ["a"],
            prepare: { world in
                try world.write("10.1.2.4", "go\r\neth0")
                try world.write("fd00::4", "go\r\neth0")
                try world.write("10.1.2.5", "")
            }, bystanders: ["a"]
        ) { _ = try $0.add(attachment("new")) },
        Scenario(
            testDescription: "DEL with a damaged index", before: ["a", "b"],
            prepare: { world in
                for name in world.indexFiles() {
                    try File.write("garbage", into: "\(world.index)/\(name)")
                }
            }, bystanders: ["b"]
        ) { try $0.delete(attachment("a")) },
    ]

    static func named(_ name: String) throws -> CNITypes.Attachment {
        let parts = name.split(separator: " ").map(String.init)
        return try attachment(parts[0], parts.count > 1 ? parts[1] : "eth0")
    }

    func world() throws -> World {
        let world = try World()
        for name in before {
            _ = try world.plugin(Self.ipam).add(Self.named(name))
        }
        try prepare(world)
        return world
    }

    func run(in world: World) throws {
        try operation(world.plugin(Self.ipam, boot: boot))
    }
}

extension HostLocal {
    /// An operation of which nothing is wanted but what every operation does.
    func refresh() throws { try delete(attachment("nobody")) }
}

@Suite("host-local: crashes and failures")
struct CrashTests {
    /// What has to hold after an operation died or failed: nothing is lost and nothing is given twice.
    private func checkAftermath(
        of scenario: Scenario, in world: World, addingFirst: Bool = true, _ comment: Comment
    ) throws {
        let plugin = try world.plugin(Scenario.ipam, boot: scenario.boot)
        for name in scenario.bystanders {
            try plugin.check(Scenario.named(name), previous: nil)
        }
        if addingFirst { try checkNewcomer(scenario, world, comment) }
        // All DELs leave nothing, neither lease nor index entry nor temporary file.
        for name in scenario.before + ["new", "newcomer", "a eth1", "go"] {
            try plugin.delete(Scenario.named(name))
        }
        #expect(world.leases() == [:], comment)
        #expect(world.indexFiles() == [] && world.strays() == [], comment)
        // No address is lost: the pool gives out all it has, each once.
        var filled: [String] = []
        for number in 0..<Scenario.capacity { filled += try plugin.addresses("fill\(number)") }
        #expect(Set(filled).count == 2 * Scenario.capacity, comment)
        #expect(throws: CNIError.self, comment) { try plugin.addresses("one-too-many") }
    }

    private func checkNewcomer(_ scenario: Scenario, _ world: World, _ comment: Comment) throws {
        let plugin = try world.plugin(Scenario.ipam, boot: scenario.boot)
        // A newcomer gets what nobody has. Files without owner and leases of a former boot are nobody's.
        let stale = scenario.boot == "boot-1" ? [] : scenario.before.map { "\($0)\r\neth0" }
        let before = world.leases().filter { !$0.value.isEmpty && !stale.contains($0.value) }
        let given = try plugin.addresses("newcomer")
        let after = world.leases()
        #expect(before.allSatisfy { after[$0.key] == $0.value }, comment)
        #expect(given.count == 2 && given.allSatisfy { after[$0] == "newcomer\r\neth0" }, comment)
        #expect(world.indexErrors() == [], comment)
    }

    @Test(arguments: Scenario.all)
    func `whenever an operation dies, nothing is lost and nothing is given twice`(scenario: Scenario) throws {
        let own = try operationsOfTheRun(scenario)
        for k in own.indices {
            let world = try scenario.world()
            let value: Void? = try FaultInjection.halting(at: k) { try scenario.run(in: world) }
            #expect(value == nil)
            try checkAftermath(of: scenario, in: world, "died before \(k): \(own[k])")
        }
    }

    @Test(arguments: Scenario.all)
    func `whatever fails, ADD is all or nothing and the rest can be repeated`(scenario: Scenario) throws {
        let own = try operationsOfTheRun(scenario)
        for k in own.indices {
            let errno: CInt = k.isMultiple(of: 2) ? 5 /* EIO */ : 28 /* ENOSPC */
            let world = try scenario.world()
            let before = world.leases()
            let comment: Comment = "errno \(errno) at \(k): \(own[k])"
            do {
                try FaultInjection.failing(at: k, with: errno) { try scenario.run(in: world) }
                // It could do without: the outcome is the one of a run without failure.
                let clean = try scenario.world()
                try scenario.run(in: clean)
                // What is nobody's may take another operation to go; and where the round robin's memory
                // could not be read, the addresses are others.
                try world.plugin(Scenario.ipam, boot: scenario.boot).refresh()
                #expect(world.leases().values.sorted() == clean.leases().values.sorted(), comment)
            } catch let error as CNIError {
                // Where a former boot's lease could not be told from one of this boot, it counts.
                let isHeld = scenario.boot != "boot-1" && error.code == .duplicateAllocation
                #expect(error.code == .ioFailure || isHeld, comment)
                #expect(!error.message.isEmpty, comment)
                if scenario.testDescription.contains("ADD") {
                    let reference = before.filter { !$0.value.isEmpty }
                    let after = world.leases().filter { !$0.value.isEmpty }
                    // Only what a rebuild may drop anyhow is gone, and nothing is new.
                    #expect(after.allSatisfy { reference[$0.key] == $0.value }, comment)
                    if scenario.boot == "boot-1" { #expect(after == reference, comment) }
                }
            }
            try checkAftermath(of: scenario, in: world, comment)
        }
    }

    @Test(arguments: Scenario.all)
    func `the same on a file system without unnamed files`(scenario: Scenario) throws {
        let recorder = OldFileSystem(haltingAt: .max)
        let recorded = try scenario.world()
        try Operations.withGate(recorder) { try scenario.run(in: recorded) }
        for k in 0..<recorder.admitted {
            let world = try scenario.world()
            let gate = OldFileSystem(haltingAt: k)
            try? Operations.withGate(gate) { try scenario.run(in: world) }
            try checkAftermath(of: scenario, in: world, addingFirst: false, "died before \(k)")
        }
    }

    private func operationsOfTheRun(_ scenario: Scenario) throws -> [String] {
        let world = try scenario.world()
        return try FaultInjection.operations { try scenario.run(in: world) }.operations
    }
}

/// Refuses O_TMPFILE, as NFS does, and halts at a given operation.
private final class OldFileSystem: OperationGate {
    private let limit: Int
    private let count = Mutex(0)

    init(haltingAt limit: Int) { self.limit = limit }

    var admitted: Int { count.withLock { $0 } }

    func admit(_ operation: String) -> CInt? {
        if operation.hasPrefix("create ") { return 95 /* EOPNOTSUPP */ }
        return count.withLock { count in
            defer { count += 1 }
            return count >= limit ? 5 : nil
        }
    }
}
