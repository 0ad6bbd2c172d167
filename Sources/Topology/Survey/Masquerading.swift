// SPDX-License-Identifier: Apache-2.0

internal import Netlink

/// The bridge plugin's masquerading in the calling thread's namespace.
enum Masquerading {
    /// The elements of the verdict maps of `table inet cni_masquerade`, one for each address.
    static func read(_ notes: inout [String]) -> [Node.Masquerade] {
        do throws(NetlinkError) {
            let socket = try NFTablesSocket()
            var masquerades: [Node.Masquerade] = []
            for map in try socket.sets(in: NFTables.TableName(.inet, "cni_masquerade"))
            where map.kind == .verdictMap && map.key.count == 1 {
                for element in try socket.elements(of: map) ?? [] {
                    guard case .address(let address)? = element.key.first, element.keyEnd == nil else {
                        continue
                    }
                    masquerades.append(
                        Node.Masquerade(
                            address, attachment: element.comment.flatMap { AttachmentMark.all(in: $0)?.first }
                        ))
                }
            }
            return masquerades.sorted { $0.address < $1.address }
        } catch {
            notes.append("masquerading: \(error)")
            return []
        }
    }
}
