// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Logging
internal import VPCFabric
internal import VPCModel
internal import VPCSimulator

/// A simulator's VPC as a packet fabric, which follows the model.
actor PacketNetwork {
    nonisolated let fabric: Fabric
    private let setup: PacketSetup
    private let settings: RegionSettings
    private let endpoint: EndpointMachine?
    private let logger: Logger
    /// What has been logged of ENIs that cannot appear.
    private var told: [String: String] = [:]
    private var toldLogProblem: String?
    /// Primary interfaces that are to be configured as soon as they are there, by the instance's boot.
    private var booted: [String: Boot] = [:]

    private struct Boot: Hashable {
        var interface: String
        var number: Int
        var isConfigured = false
    }

    init(
        _ setup: PacketSetup, _ resources: Resources, _ settings: RegionSettings, endpoint: EndpointMachine?,
        logger: Logger
    ) throws {
        self.setup = setup
        self.settings = settings
        self.endpoint = endpoint
        self.logger = logger
        fabric = try Fabric(
            setup.state(of: resources, settings, endpoint: endpoint),
            FabricSettings(
                internet: setup.internet, peer: setup.peer, flowLogs: setup.logs(in: resources),
                flowLogInterval: setup.flowLogInterval))
        for name in setup.missingInstances(in: resources) {
            logger.warning("a namespace waits for its instance", metadata: ["instance": "\(name)"])
        }
    }

    /// Takes what the model has become.
    func apply(_ resources: Resources) {
        do throws(DocumentError) {
            fabric.apply(try setup.state(of: resources, settings, endpoint: endpoint))
        } catch {
            // What the setup names was there at the start: somebody has taken it away.
            logger.error("the packets do not follow the model", metadata: ["reason": "\(error)"])
        }
        note(resources)
        look()
    }

    /// Looks at what happens without a change of the model: links that could not be made are tried again.
    func look() {
        tell(fabric.problems)
        let logProblem = fabric.flowLogProblem?.description
        if let logProblem, logProblem != toldLogProblem {
            logger.error("a flow log cannot be written", metadata: ["reason": "\(logProblem)"])
        }
        toldLogProblem = logProblem
        if setup.configures { configure() }
    }

    private func tell(_ problems: [String: FabricError]) {
        for (eni, problem) in problems where told[eni] != problem.description {
            logger.warning(
                "an ENI cannot appear in its instance's namespace; tried again every second",
                metadata: ["eni": "\(eni)", "reason": "\(problem)"])
        }
        for eni in told.keys where problems[eni] == nil && fabric.hasLink(eni) {
            logger.info("the ENI has appeared", metadata: ["eni": "\(eni)"])
        }
        told = problems.mapValues(\.description)
    }

    // MARK: What an instance does at boot

    private func note(_ resources: Resources) {
        var running: [String: Boot] = [:]
        for instance in resources.instances.values where instance.state == .running {
            guard let primary = resources.interfaces(of: instance.id).first else { continue }
            let boot = Boot(interface: primary.id, number: instance.boots)
            let earlier = booted[instance.id]
            running[instance.id] =
                earlier?.interface == boot.interface && earlier?.number == boot.number ? earlier : boot
        }
        booted = running
    }

    private func configure() {
        for (instance, boot) in booted where !boot.isConfigured && fabric.hasLink(boot.interface) {
            do throws(FabricError) {
                try fabric.configure(boot.interface)
            } catch {
                logger.warning(
                    "cannot configure an instance's primary interface",
                    metadata: ["instance": "\(instance)", "reason": "\(error)"])
            }
            booted[instance]?.isConfigured = true
        }
    }
}
