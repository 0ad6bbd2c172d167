// SPDX-License-Identifier: Apache-2.0

internal import Netlink

/// Owners of an element that the description has otherwise: what they have under its key in other sets counts no more.
struct ReplacedElement: Hashable {
    let key: [NFTables.Value]
    let set: NFTables.Set
    let owners: [String]
}

extension NetworkState {
    /// The elements that were found and are not as described: a dead attachment's, since a living one's is refused, and the
    /// attachment's own if some of what is described is missing.
    func replacedElements(in found: ObservedState) -> [ReplacedElement] {
        var replaced: [ReplacedElement] = []
        for item in items where item.isElement {
            guard case .firewall(.element(let element, let set)) = item.object,
                case .firewall(.element(let old, _)) = found[item.object.key, in: .host]
            else { continue }
            var owners = element.data == old.data ? [] : old.owners
            if old.owners.contains(owner), !owners.contains(owner), isIncomplete(set.table, in: found) {
                owners.append(owner)
            }
            if !owners.isEmpty {
                replaced.append(ReplacedElement(key: element.key, set: set, owners: owners))
            }
        }
        return replaced
    }

    private func isIncomplete(_ table: NFTables.TableName, in found: ObservedState) -> Bool {
        items.contains { item in
            guard item.isElement, case .firewall(let object) = item.object, object.table == table else {
                return false
            }
            return found[item.object.key, in: .host].map { !item.object.isSatisfied(by: $0) } ?? true
        }
    }

    /// Whether an element of the attachment's is described.
    func hasElement(_ key: [NFTables.Value], in set: NFTables.Set) -> Bool {
        let key = Object.Key.firewall(.element(set.table, set.name, key))
        return items.contains { $0.isElement && $0.object.key == key }
    }
}

extension NetworkState.Item {
    fileprivate var isElement: Bool {
        guard place == .host, lifetime == .attachment, isPresent else { return false }
        guard case .firewall(.element) = object else { return false }
        return true
    }
}
