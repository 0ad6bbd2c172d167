// SPDX-License-Identifier: Apache-2.0

package import Addressing

/// Which interface of the node an ENI is.
package protocol LinkDirectory: Sendable {
    /// The name of the interface with a MAC address; nil if there is none.
    func link(of mac: MACAddress) async -> String?
}
