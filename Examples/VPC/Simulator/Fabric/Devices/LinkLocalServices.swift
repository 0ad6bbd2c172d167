// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import CTunnelShims
internal import LinuxCore
internal import Namespaces
internal import Netlink

/// The namespace where the link-local services listen: every ENI's machine reaches it, and no other does.
///
/// A client's source address, which the switch has checked, tells which machine asks.
final class LinkLocalServices: Sendable {
    private let namespace: NetworkNamespace
    let tunnel: Tunnel

    init(_ addresses: [IPAddress], workshop: borrowing NetworkNamespace) throws(FabricError) {
        namespace = try FabricError.wrapping { () throws(NamespaceError) in try NetworkNamespace.anonymous() }
        tunnel = try Tunnel.make(
            isEthernet: false, Tunnel.Appearance(name: "services0", mtu: UInt32(Switch.interfaceMTU)),
            in: namespace, workshop: workshop)
        try Side.configure("services0", addresses.map(IPPrefix.init(host:)), in: namespace)
    }

    func listen(_ address: IPAddress, port: UInt16, isStream: Bool) throws(FabricError) -> CInt {
        try listening(address, port: port, isStream: isStream, in: namespace)
    }
}

/// Opens a socket that listens in a namespace.
func listening(
    _ address: IPAddress, port: UInt16, isStream: Bool, in namespace: borrowing NetworkNamespace
) throws(FabricError) -> CInt {
    let bytes = address.bytes
    let result = try namespace.run { () throws(FabricError) in
        tunnel_listen(bytes, bytes.count, port, isStream)
    }
    return try FabricError.wrapping { () throws(SystemError) in
        try SystemError.check("listen at \(address) port \(port)", result)
    }
}
