// SPDX-License-Identifier: Apache-2.0

public import CNITypes

/// What an interface is to be created with.
///
/// Limits of the instance's type are checked when it is attached, not now.
public struct NetworkInterfaceRequest: Hashable, Sendable {
    /// The subnet's id.
    public var subnetID: String
    /// The description: at most 255 characters.
    public var text: String
    /// The ids of its security groups; the VPC's default one if there are none.
    public var securityGroupIDs: [String]
    /// Secondary IPv4 addresses or prefixes; prefixes are for Nitro only.
    public var ipv4: AddressWish?
    /// IPv6 addresses or prefixes.
    public var ipv6: AddressWish?
    /// The tags, which are set in the same call: a policy may demand them.
    public var tags: [String: String]
    /// `efa`, `trunk` and the like; nil for an ordinary one.
    public var interfaceType: String?
    /// Idle times of connections.
    public var connectionTracking: ConnectionTracking?
    /// The client token, at most 64 ASCII characters: a second call with the same one creates nothing more.
    ///
    /// Keep it with your own record of the intent, and a crash between call and record leaks nothing.
    public var clientToken: String

    /// Creates a request, with a random client token if none is given.
    public init(
        subnetID: String, text: String = "", securityGroupIDs: [String] = [], ipv4: AddressWish? = nil,
        ipv6: AddressWish? = nil, tags: [String: String] = [:], interfaceType: String? = nil,
        connectionTracking: ConnectionTracking? = nil, clientToken: String = Self.randomToken()
    ) {
        self.subnetID = subnetID
        self.text = text
        self.securityGroupIDs = securityGroupIDs
        self.ipv4 = ipv4
        self.ipv6 = ipv6
        self.tags = tags
        self.interfaceType = interfaceType
        self.connectionTracking = connectionTracking
        self.clientToken = clientToken
    }

    /// A client token that nobody has used: 128 random bits.
    public static func randomToken() -> String {
        var generator = SystemRandomNumberGenerator()
        let digits = (0..<2).map { _ in
            let text = String(generator.next() as UInt64, radix: 16)
            return String(repeating: "0", count: 16 - text.utf8.count) + text
        }
        return digits.joined()
    }
}

/// Addresses or prefixes that an interface is to get; EC2 takes one kind of wish at a time.
public enum AddressWish: Hashable, Sendable {
    /// So many addresses, which EC2 chooses.
    case addressCount(Int)
    /// Just these addresses.
    case addresses([IPAddress])
    /// So many prefixes (/28 or /80), which EC2 chooses.
    case prefixCount(Int)
    /// Just these prefixes.
    case prefixes([IPPrefix])
}

/// Addresses and prefixes of an interface.
public struct AssignedAddresses: Hashable, Sendable {
    /// Single addresses.
    public var addresses: [IPAddress]
    /// Prefixes.
    public var prefixes: [IPPrefix]

    /// Whether there are none.
    public var isEmpty: Bool { addresses.isEmpty && prefixes.isEmpty }

    /// Creates a set of addresses and prefixes.
    public init(addresses: [IPAddress] = [], prefixes: [IPPrefix] = []) {
        self.addresses = addresses
        self.prefixes = prefixes
    }
}

/// A change of one attribute of an interface.
public enum NetworkInterfaceChange: Hashable, Sendable {
    /// The description.
    case text(String)
    /// All security groups, at least one.
    case securityGroupIDs([String])
    /// Whether packets of foreign addresses are dropped.
    case checksSourceAndDestination(Bool)
    /// Whether the interface goes with its instance, for an attachment's id.
    case deletesOnTermination(attachment: String, Bool)
    /// Idle times of connections.
    case connectionTracking(ConnectionTracking)
}
