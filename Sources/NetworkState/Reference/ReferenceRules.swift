// SPDX-License-Identifier: Apache-2.0

package import Addressing
package import Netlink

/// What the CNI project's own plugins have made in the host's rulesets for an attachment.
package struct ReferenceRules: Sendable {
    /// The addresses that are masqueraded.
    package var masqueraded: [IPAddress] = []
    /// Whether the port is checked for MAC addresses.
    package var checksMAC = false
    /// The steps that remove what is in nf_tables; what is in the legacy iptables only iptables(8) removes.
    package var removals: [Change] = []
}

extension NetworkState {
    /// The description without what another implementation does for the attachment already.
    ///
    /// An address of which it does not stays, and with it the tables.
    package func without(_ rules: ReferenceRules) -> NetworkState {
        var part = self
        part.removeItems { item in
            guard case .firewall(.element(let element, let set)) = item.object else { return false }
            switch set.table {
            case .masquerade: return rules.masqueraded.contains { element.key == [.address($0)] }
            case .spoofCheck: return rules.checksMAC
            default: return false
            }
        }
        let needed = part.items.compactMap { item in
            if case .firewall(.element(_, let set)) = item.object { set.table } else { nil }
        }
        part.removeItems { item in
            guard case .firewall(let object) = item.object else { return false }
            let isDone = object.table == .masquerade ? !rules.masqueraded.isEmpty : rules.checksMAC
            return [.masquerade, .spoofCheck].contains(object.table) && isDone
                && !needed.contains(object.table)
        }
        return part
    }
}

extension NFTables.TableName {
    /// The table that masquerades containers.
    package static var masquerade: NFTables.TableName { NFTables.TableName(.inet, "cni_masquerade") }
    /// The table that has containers keep to their MAC addresses.
    package static var spoofCheck: NFTables.TableName { NFTables.TableName(.bridge, "cni_spoofcheck") }
}
