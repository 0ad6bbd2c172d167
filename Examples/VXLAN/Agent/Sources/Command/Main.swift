// SPDX-License-Identifier: Apache-2.0

internal import NodeAgent

@main
struct Main {
    static func main() async {
        for note in VXLANAgent.translation.notes { AgentProcess.say(note) }
        await AgentProcess.main(VXLANAgent.self, environment: VXLANAgent.environment)
    }
}
