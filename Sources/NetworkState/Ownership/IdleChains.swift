// SPDX-License-Identifier: Apache-2.0

internal import Netlink

/// The chains of a table, to tell which of them can do nothing as long as sets are empty.
struct IdleChains {
    let chains: [NFTables.Chain]
    let rules: [NFTables.Rule]
    /// The sets and maps without elements.
    let emptySets: [String]

    /// Whether no packet that comes into a chain is changed, counted or decided over.
    func isIdle(_ name: String) -> Bool { isIdle(name, depth: 0) }

    private func isIdle(_ name: String, depth: Int) -> Bool {
        // No chain leads further (NFT_JUMP_STACK_SIZE).
        guard depth < 16, let chain = chains.first(where: { $0.name == name }) else { return false }
        if let base = chain.base, base.policy != .accept { return false }
        return rules.allSatisfy { $0.chain != name || isIdle($0, depth: depth) }
    }

    private func isIdle(_ rule: NFTables.Rule, depth: Int) -> Bool {
        for expression in rule.expressions {
            switch expression {
            case .lookup(let set, _, isAbsent: false) where emptySets.contains(set): return true
            case .map(let set, _, _) where emptySets.contains(set): return true
            case .verdictMap(let set, _) where emptySets.contains(set): return true
            case .meta, .payload, .connection, .fib, .compare, .range, .bitwise, .lookup, .map, .immediate:
                continue
            case .verdict(.jump(let chain)), .verdict(.goto(let chain)):
                return isIdle(chain, depth: depth + 1)
            default: return false
            }
        }
        return true
    }

    /// Whether a rule looks into a set.
    func usesSet(_ name: String) -> Bool {
        rules.contains { rule in
            rule.expressions.contains { expression in
                switch expression {
                case .lookup(let set, _, _), .map(let set, _, _), .verdictMap(let set, _): set == name
                default: false
                }
            }
        }
    }
}
