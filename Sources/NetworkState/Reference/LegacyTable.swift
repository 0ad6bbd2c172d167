// SPDX-License-Identifier: Apache-2.0

package import Addressing
internal import Glibc
package import LinuxCore

/// A table of the legacy iptables, which nf_tables does not show.
///
/// Read by getsockopt(2), as iptables-legacy(8) does: linux/netfilter_ipv4/ip_tables.h and its twin for IPv6.
package struct LegacyTable {
    /// A hook of the kernel's, by its number: NF_INET_….
    package enum Hook: Int {
        /// Packets on their way through.
        case forward = 2
        /// Packets about to leave.
        case postrouting = 4
    }

    private let bytes: [UInt8]
    private let layout: LegacyLayout
    private let starts: [Int]
    private let policies: [Int]

    private static let information: CInt = 64  // IPT_SO_GET_INFO, IP6T_SO_GET_INFO
    private static let entries: CInt = 65  // IPT_SO_GET_ENTRIES, IP6T_SO_GET_ENTRIES

    /// Reads a table of the calling thread's namespace; one that was not there is made by asking.
    package init(_ name: String, _ family: IPAddress.Family) throws(SystemError) {
        layout = LegacyLayout(family)
        let kind = CInt(SOCK_RAW.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        let socket = OwnedFileDescriptor(
            adopting: try systemCall("open raw socket") {
                Glibc.socket(family == .v4 ? AF_INET : AF_INET6, kind, CInt(IPPROTO_RAW))
            })
        let level: CInt = family == .v4 ? 0 : 41  // SOL_IP, SOL_IPV6
        let title = Array(name.utf8) + [UInt8](repeating: 0, count: 32 - name.utf8.count)
        // struct ipt_getinfo: name, valid hooks, 5 entry points, 5 policies' places, number and size of entries.
        var info = title + [UInt8](repeating: 0, count: 52)
        try Self.ask(socket.rawValue, level, Self.information, &info, name)
        starts = (0..<5).map { info.number(at: 36 + 4 * $0) }
        policies = (0..<5).map { info.number(at: 56 + 4 * $0) }
        let size = info.number(at: 80)
        // struct ipt_get_entries: name, size, and aligned to 8 bytes the entries.
        var table = title + info[80..<84] + [UInt8](repeating: 0, count: 4 + size)
        try Self.ask(socket.rawValue, level, Self.entries, &table, name)
        bytes = Array(table[40...])
    }

    private static func ask(
        _ socket: CInt, _ level: CInt, _ option: CInt, _ answer: inout [UInt8], _ table: String
    ) throws(SystemError) {
        var bytes = answer
        var length = socklen_t(bytes.count)
        try systemCall("read table \(table)") {
            bytes.withUnsafeMutableBytes { getsockopt(socket, level, option, $0.baseAddress, &length) }
        }
        answer = bytes
    }

    /// Whether the built-in chain at a hook has rules before its policy.
    package func hasRules(at hook: Hook) -> Bool { starts[hook.rawValue] != policies[hook.rawValue] }

    /// Whether what no rule of the built-in chain at a hook decides over is dropped; nil if it cannot be read.
    package func dropsByDefault(at hook: Hook) -> Bool? {
        layout.verdict(of: policies[hook.rawValue], in: bytes).map { $0 == -1 }  // NF_DROP
    }

    /// The names of the chains that are not built in.
    package var chains: [String] { layout.chains(in: bytes) }

    /// The rules of the built-in chain at a hook.
    package func rules(at hook: Hook) -> [LegacyRule] {
        var rules: [LegacyRule] = []
        var place = starts[hook.rawValue]
        while place < policies[hook.rawValue], let next = layout.next(after: place, in: bytes) {
            rules.append(layout.rule(at: place, in: bytes))
            place = next
        }
        return rules
    }
}

extension LegacyTable {
    /// The addresses that iptables-legacy(8) masquerades for an attachment of the CNI project's plugins, in the calling
    /// thread's namespace; a table that is not there is not made.
    static func masqueraded(by owner: ReferenceOwner) -> [IPAddress] {
        IPAddress.Family.allCases.flatMap { family in
            guard isPresent("nat", family), let table = try? LegacyTable("nat", family) else {
                return [IPAddress]()
            }
            return table.rules(at: .postrouting).filter { $0.comment == owner.iptablesComment }
                .compactMap(\.source)
        }
    }

    /// Whether somebody has had the kernel make a table in the calling thread's namespace: asking for it would.
    private static func isPresent(_ name: String, _ family: IPAddress.Family) -> Bool {
        let path = "/proc/thread-self/net/\(family == .v4 ? "ip" : "ip6")_tables_names"
        guard let names = try? File.read(path, limit: 1 << 12) else { return false }
        return names.split(separator: 10).contains { $0.elementsEqual(name.utf8) }
    }
}
