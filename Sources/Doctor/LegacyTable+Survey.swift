// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import LinuxCore
internal import NetworkState

extension LegacyTable {
    /// Reads a table of the calling thread's namespace; nil if it is not there, as asking for it would make it.
    init?(_ name: String, _ family: IPAddress.Family, in survey: Survey) throws(Obstacle) {
        let file = family == .v4 ? "ip_tables_names" : "ip6_tables_names"
        guard try survey.text("thread-self/net/\(file)")?.contains(name) == true else { return nil }
        do throws(SystemError) {
            try self.init(name, family)
        } catch {
            throw Obstacle(error)
        }
    }
}
