// SPDX-License-Identifier: Apache-2.0

import AddressPool
import CNITesting
import CNITypes
import EC2
import Logging
import Synchronization
import Testing

@testable import VPCAgent

/// What namespaces hold, as a test says.
final class FakeLook: NamespaceLook {
    let held = Mutex<[IPAddress: String]>([:])

    func holders() async throws -> [IPAddress: String] { held.withLock { $0 } }
}

/// A clock that a test moves.
final class TestClock: Sendable {
    private let moment = Mutex(Moment(milliseconds: 10_000_000))

    var now: Moment { moment.withLock { $0 } }
    func advance(_ span: Duration) { moment.withLock { $0 = $0 + span } }
}

/// A node with a fake EC2, without a kernel's side.
final class TestNode: Sendable {
    let ec2: FakeEC2
    let look = FakeLook()
    let clock = TestClock()
    let folder: TemporaryFolder
    let options: AgentOptions
    let logger: Logger

    init(_ ec2: FakeEC2 = FakeEC2(), _ variables: [String: String] = [:]) throws {
        self.ec2 = ec2
        folder = try TemporaryFolder()
        let read = AgentOptions.read(variables)
        try #require(read.errors.isEmpty)
        options = read.options
        logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    }

    /// Starts an agent's keeper, with the journal of the one before.
    func keeper(subnets: [String] = ["subnet-a", "subnet-b"]) async throws -> PoolKeeper {
        let identity = try await NodeIdentity.discover(FakeMetadata(ec2: ec2), ec2)
        let journal = try JournalFile("\(folder.path)/journal", boot: "b")
        var pool = Pool(cooldown: options.cooldown, excludesPrimary: options.isCustomNetworking)
        pool.restore(journal.found, isSameBoot: true, now: clock.now)
        let input = PlanInput(
            targets: options.targets, limits: identity.limits, subnets: subnets.map { SubnetID($0) },
            now: clock.now)
        var operations = ENIOperations(
            service: ec2, node: identity, options: options, logger: logger, clock: { 1_800_000_000 })
        operations.pause = .milliseconds(8)
        operations.patience = .seconds(20)
        let keeper = try PoolKeeper(
            pool: pool, journal: journal, input: input, operations: operations, look: look,
            metrics: AgentMetrics(), logger: logger, clock: { [clock] in clock.now })
        try await keeper.lookAtEC2()
        await keeper.prove()
        return keeper
    }

    /// Runs a keeper while `body` does.
    func running<Value: Sendable>(_ keeper: PoolKeeper, _ body: () async throws -> Value) async throws
        -> Value
    {
        let task = Task { await keeper.run() }
        defer { task.cancel() }
        return try await body()
    }

    static func request(_ container: String, exclusive: Bool = false) -> AddRequest {
        let key = AttachmentKey(container: container, interface: "eth0")
        return AddRequest(
            key: key, network: "vpc", pod: "default/\(container)",
            exclusive: exclusive ? ExclusiveRequest(key: key) : nil)
    }
}
