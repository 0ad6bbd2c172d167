// SPDX-License-Identifier: Apache-2.0

import CNIPlugin
import CNITesting
import HostLocalPlugin
import StaticPlugin

extension Siblings {
    /// The plugins for addresses, called in the process.
    static var ipam: Siblings {
        var siblings = Siblings()
        siblings.add(HostLocalPlugin.self)
        siblings.add(StaticPlugin.self)
        return siblings
    }
}
