// SPDX-License-Identifier: Apache-2.0

import Testing
import Topology

@Suite("Terminal pictures")
struct TerminalTests {
    @Test func `show`() throws {
        for node in [try Example.single(), try Example.routed(), try Example.broken(), Node(name: "empty"), Node(name: "bare", namespaces: [Node.Namespace("bare", origin: .host)])] {
            print(node.terminalPicture())
            print(node.terminalPicture(TerminalOptions(width: 40, isASCII: true)))
        }
        print(try Example.single().terminalPicture(TerminalOptions(isColored: true)))
    }
}
