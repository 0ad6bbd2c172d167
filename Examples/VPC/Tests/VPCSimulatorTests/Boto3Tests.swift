// SPDX-License-Identifier: Apache-2.0

import Testing

/// boto3 as it is, against the simulator: each check has a simulator of its own.
@Suite(.needsBoto3) struct Boto3Tests {
    @Test(arguments: [
        "interface_life", "addresses", "network", "instances", "tags", "pages", "signatures", "permissions",
        "throttling", "faults", "strictness", "metadata", "admin",
    ])
    func check(name: String) async throws {
        let simulator = try await RunningSimulator()
        try simulator.check(name)
    }
}
