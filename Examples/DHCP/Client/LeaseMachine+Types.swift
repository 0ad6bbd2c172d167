// SPDX-License-Identifier: Apache-2.0

public import Addressing

extension LeaseMachine {
    /// How long to wait for answers.
    public struct Patience: Hashable, Sendable {
        /// The first wait of a message that is sent again and again, in milliseconds; each next one is twice as long.
        public var first: Int64 = 2000
        /// The longest wait, in milliseconds.
        public var most: Int64 = 62_000
        /// How long an offered address is asked for before the search begins again, in milliseconds.
        public var offer: Int64 = 10_000
        /// How long others have to say that they use the address that a server gives, in milliseconds; 0 for not asking them.
        public var probe: Int64 = 0
        /// How long to wait before the search begins again when addresses are in use one after the other, in milliseconds
        /// (RFC 2131 section 3.1 step 5).
        public var declined: Int64 = 10_000

        /// Half of what RFC 2131 section 4.1 has for a network of 10 Mb/s: somebody waits for the container.
        public init() {}
    }

    /// What it is, apart from the exchange.
    public struct Client: Hashable, Sendable {
        /// The interface's MAC address.
        public var mac: MACAddress
        /// Options that each discover and request has, such as the client's identifier and name.
        public var options: DHCPOptions
        /// Whether servers have to answer by broadcast.
        ///
        /// For interfaces that do not take packets before they have an address. A packet socket does.
        public var wantsBroadcast: Bool

        /// Which protocol it speaks.
        public var family: IPAddress.Family
        /// The number of its association, IAID, over IPv6.
        public var association: UInt32

        /// Creates a client.
        public init(
            mac: MACAddress, options: DHCPOptions, wantsBroadcast: Bool = false,
            family: IPAddress.Family = .v4, association: UInt32 = 0
        ) {
            self.family = family
            self.association = association
            self.mac = mac
            self.options = options
            self.wantsBroadcast = wantsBroadcast
        }
    }

    /// A message of either protocol.
    public enum Message: Hashable, Sendable {
        /// Of DHCPv4.
        case v4(DHCPMessage)
        /// Of DHCPv6.
        case v6(DHCPv6Message)
    }

    /// What its user has to do.
    public enum Action: Hashable, Sendable {
        /// Send a message from an address to one; 255.255.255.255 is everybody, and :: over IPv6 the interface's link-local one.
        case send(Message, from: IPAddress, to: IPAddress)
        /// Ask whether somebody uses the address already, and call ``LeaseMachine/conflict(with:at:)`` if so.
        case probe(DHCPLease)
        /// There is a lease, or it has been renewed.
        case use(DHCPLease)
        /// The address must not be used any more: the time is over, or the server has said so.
        case stop(DHCPLease)
    }
}
