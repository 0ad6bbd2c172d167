// SPDX-License-Identifier: Apache-2.0

@main
struct VPCAgentCommand {
    static func main() async {}
}
