// SPDX-License-Identifier: Apache-2.0

internal import Netlink

extension NetworkState {
    /// Refuses a description that could not be taken apart again, or that reaches out of its place.
    ///
    /// - Parameter attachment: The key of the attachment that it is made for; nil for whom there is none.
    /// - Throws: ``StateError`` that names the object: an author's mistake, or a configuration's that the author did not
    ///   look at.
    public func validate(for attachment: String? = nil) throws(StateError) {
        if let attachment, owner != attachment, items.contains(where: { $0.lifetime == .attachment }) {
            throw StateError(
                .undescribable(
                    "the description's owner is \"\(owner)\", not \(attachment): nothing else finds it again")
            )
        }
        for item in items {
            if let mistake = item.mistake(owner: owner) {
                throw StateError(.undescribable("\(item.place.rawValue): \(item.object): \(mistake)"))
            }
        }
        for (index, item) in items.enumerated() where item.isPresent && item.concern == .always {
            guard case .link(let link) = item.object, link.kind != nil else { continue }
            for other in items[..<index] where other.place == item.place && other.isPresent {
                if case .link(let same) = other.object, same.name == link.name, same.kind != nil {
                    throw StateError(
                        .undescribable("\(item.place.rawValue): link \(link.name) is described twice"))
                }
            }
        }
    }
}

extension NetworkState.Item {
    fileprivate func mistake(owner: String) -> String? {
        switch object {
        case .sysctl(let setting):
            if setting.isOfNetworkNamespace { return nil }
            return place == .container
                ? "only settings below net/ are the container's own"
                : "only settings below net/ belong to a network"
        case .link(let link): return link.nameMistake
        case .firewall(.element(let element, _)):
            if lifetime != .attachment || !isPresent || element.owners.contains(owner) { return nil }
            return "its comment has to be the owner, \(owner): nothing else finds it again"
        default: return nil
        }
    }
}

extension LinkState {
    /// Why the kernel takes no link of that name (dev_valid_name(), and `%` which makes it a pattern).
    fileprivate var nameMistake: String? {
        if name.isEmpty || name == "." || name == ".." { return "this is no name for a link" }
        if name.utf8.count > 15 { return "the name has \(name.utf8.count) bytes, and a link's at most 15" }
        let isTaken = name.utf8.contains { byte in
            byte <= 32 || byte == UInt8(ascii: "/") || byte == UInt8(ascii: ":") || byte == UInt8(ascii: "%")
        }
        return isTaken ? "a link's name has no blank, `/`, `:` or `%`" : nil
    }
}
