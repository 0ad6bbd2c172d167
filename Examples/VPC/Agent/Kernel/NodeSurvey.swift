// SPDX-License-Identifier: Apache-2.0

package import Addressing
internal import NIOPosix
internal import Netlink
internal import Topology

/// Looks at the addresses of all namespaces of the node but its own.
package struct NodeSurvey: NamespaceLook {
    /// What to look at beside the folders of named namespaces and the processes' own.
    private let survey: Survey

    /// Creates a look at all namespaces that can be found.
    ///
    /// - Parameters:
    ///   - folders: Folders whose files are namespaces.
    ///   - includesProcesses: Whether to look for those that processes are in.
    package init(
        folders: [String] = ["/run/netns", "/var/run/netns", "/run/docker/netns"],
        includesProcesses: Bool = true
    ) {
        var survey = Survey()
        survey.folders = folders
        survey.includesProcesses = includesProcesses
        self.survey = survey
    }

    package func holders() async throws -> [IPAddress: String] {
        // Blocks, for as long as there are namespaces to look at.
        try await NIOThreadPool.singleton.runIfActive {
            let node = try survey.node()
            var holders: [IPAddress: String] = [:]
            for namespace in node.namespaces.dropFirst() {
                for link in namespace.links where link.name != "lo" {
                    for address in link.addresses { holders[address.prefix.address] = namespace.name }
                }
            }
            return holders
        }
    }
}
