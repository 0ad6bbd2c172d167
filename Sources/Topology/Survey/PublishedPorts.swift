// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Netlink

/// The portmap plugin's ports in the calling thread's namespace.
enum PublishedPorts {
    /// The elements of the maps of `table inet cni_portmap` that lead to containers, for all addresses of the host or for one.
    static func read(_ notes: inout [String]) -> [Node.PublishedPort] {
        let maps = ["ports4", "ports6", "hostip-ports4", "hostip-ports6"]
        do throws(NetlinkError) {
            let socket = try NFTablesSocket()
            var ports: [Node.PublishedPort] = []
            for map in try socket.sets(in: NFTables.TableName(.inet, "cni_portmap"))
            where maps.contains(map.name) {
                ports += try socket.elements(of: map)?.compactMap { Node.PublishedPort($0) } ?? []
            }
            return ports.sorted { $0.order < $1.order }
        } catch {
            notes.append("published ports: \(error)")
            return []
        }
    }
}

extension Node.PublishedPort {
    /// nil for an element that is of another shape.
    fileprivate init?(_ element: NFTables.Element) {
        var key = element.key[...]
        var hostAddress: IPAddress?
        if case .address(let address)? = key.first {
            hostAddress = address
            key = key.dropFirst()
        }
        guard element.keyEnd == nil, key.count == 2, case .inetProtocol(let ipProtocol)? = key.first,
            case .service(let hostPort)? = key.last, case .values(let target)? = element.data,
            target.count == 2,
            case .address(let address) = target[0], case .service(let port) = target[1]
        else { return nil }
        self.init(
            ipProtocol, of: hostAddress, hostPort, to: address, port,
            attachment: element.comment.flatMap { AttachmentMark.all(in: $0)?.first })
    }

    fileprivate var order: (IPAddress, UInt16, UInt8, String) {
        (address, hostPort, ipProtocol, hostAddress?.description ?? "")
    }
}
