// SPDX-License-Identifier: Apache-2.0

public import Addressing
public import CNITypes

extension OverlayConfiguration {
    /// Refuses a node that is itself among the addresses that the overlay hands out: the packets of its tunnels would be
    /// led into the tunnels.
    ///
    /// - Parameter addresses: The addresses at which the others are to reach the node, besides the interface's own.
    /// - Throws: ``CNIError/Code/invalidConfiguration`` with the address or the network of the interface.
    public func validateNode(
        at underlay: Underlay, publishing addresses: [IPAddress] = []
    ) throws(CNIError) {
        for family in families {
            guard let network = self[family]?.network else { continue }
            func refuse(_ what: String) throws(CNIError) {
                throw CNIError(
                    .invalidConfiguration, "\(what) the overlay's network \(network)",
                    details: "give the overlay another network, or name another interface")
            }
            for address in addresses where network.contains(address) {
                try refuse("the node's public address \(address) lies in")
            }
            if let address = underlay[family], network.contains(address) {
                try refuse("the node's address \(address) on \(underlay.name) lies in")
            }
            for own in underlay.onLink where own.length > 0 && network.overlaps(own) {
                try refuse("the network \(own) of \(underlay.name) overlaps")
            }
        }
    }
}
