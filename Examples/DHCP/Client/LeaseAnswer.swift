// SPDX-License-Identifier: Apache-2.0

internal import Addressing

/// A server's message as ``LeaseMachine`` sees it: DHCPv4 and DHCPv6 say the same things in different ways.
struct LeaseAnswer {
    enum Kind {
        /// DHCPOFFER, or Advertise with an address.
        case offer
        /// DHCPACK, or Reply with an address.
        case acknowledgement
        /// DHCPNAK, or Reply without.
        case refusal
        /// What helps nobody, such as a server that has no address left: why.
        case nothing
    }

    var kind: Kind
    /// Who says it.
    var server: LeaseServer?
    /// The address that it is about.
    var address: IPAddress
    /// What is given, if that is something to work with.
    var lease: DHCPLease?
    /// What the server says to people, with a colon.
    var reason = ""
    /// Whether it answers the search itself (RFC 8415 section 18.3.1).
    var isRapid = false
}

/// A server: its identifier and its address.
struct LeaseServer: Hashable {
    /// Its address.
    let address: IPAddress
    /// What it calls itself: over IPv4 the address, over IPv6 a DUID.
    let identifier: [UInt8]

    /// What tells servers apart is their identifier: over IPv6 one may have several addresses.
    static func == (left: LeaseServer, right: LeaseServer) -> Bool { left.identifier == right.identifier }
    func hash(into hasher: inout Hasher) { hasher.combine(identifier) }
}
