// SPDX-License-Identifier: Apache-2.0

import NodeAgentTesting
import Testing

/// What needs packets; one after the other, since an agent looks at all namespaces of the machine, and boxes have the same
/// addresses.
@Suite(
    "A VPC in a box", .serialized, .needsFabric, .needsProgram("/usr/bin/ping"),
    .needsProgram("/usr/sbin/ip"),
    .needsProgram("/usr/sbin/nft"), .needsProgram("/usr/bin/curl"))
enum BoxTests {}
