// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Glibc
internal import LinuxCore

/// The chain FORWARD of the legacy iptables' filter table, which nf_tables does not show.
///
/// Read by getsockopt(2), as iptables does: linux/netfilter_ipv4/ip_tables.h and its twin for IPv6.
struct LegacyFilter {
    /// Whether what no rule decides over is dropped.
    let dropsByDefault: Bool
    /// Whether there are rules before that.
    let hasRules: Bool

    private static let information: CInt = 64  // IPT_SO_GET_INFO, IP6T_SO_GET_INFO
    private static let entries: CInt = 65  // IPT_SO_GET_ENTRIES, IP6T_SO_GET_ENTRIES
    private static let name = Array("filter".utf8) + [UInt8](repeating: 0, count: 26)

    /// Reads the table in the calling thread's namespace; one that was not there is made by asking.
    init(_ family: IPAddress.Family) throws(SystemError) {
        let kind = CInt(SOCK_RAW.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        let socket = OwnedFileDescriptor(
            adopting: try systemCall("open raw socket") {
                Glibc.socket(family == .v4 ? AF_INET : AF_INET6, kind, CInt(IPPROTO_RAW))
            })
        let level: CInt = family == .v4 ? 0 : 41  // SOL_IP, SOL_IPV6
        // struct ipt_getinfo: name, valid hooks, 5 entry points, 5 policies' places, number and size of entries.
        var info = Self.name + [UInt8](repeating: 0, count: 52)
        try Self.ask(socket.rawValue, level, Self.information, &info)
        let (start, policy, size) = (info.number(at: 44), info.number(at: 64), info.number(at: 80))
        // struct ipt_get_entries: name, size, and aligned to 8 bytes the entries.
        var table = Self.name + info[80..<84] + [UInt8](repeating: 0, count: 4 + size)
        try Self.ask(socket.rawValue, level, Self.entries, &table)
        // struct ipt_entry: the place of its target; struct xt_standard_target: 32 bytes, then the verdict.
        let entry = 40 + policy
        guard let offset = table.short(at: entry + (family == .v4 ? 88 : 140)) else {
            throw SystemError(operation: "decode table filter", errno: EBADMSG)
        }
        hasRules = start != policy
        dropsByDefault = Int32(truncatingIfNeeded: table.number(at: entry + offset + 32)) == -1  // NF_DROP
    }

    private static func ask(
        _ socket: CInt, _ level: CInt, _ option: CInt, _ answer: inout [UInt8]
    ) throws(SystemError) {
        var bytes = answer
        var length = socklen_t(bytes.count)
        try systemCall("read table filter") {
            bytes.withUnsafeMutableBytes { getsockopt(socket, level, option, $0.baseAddress, &length) }
        }
        answer = bytes
    }
}

extension [UInt8] {
    /// The unsigned 32-bit number at an offset; 0 past the end.
    fileprivate func number(at offset: Int) -> Int {
        guard indices.contains(offset), indices.contains(offset + 3) else { return 0 }
        return withUnsafeBytes { Int($0.loadUnaligned(fromByteOffset: offset, as: UInt32.self)) }
    }

    /// The unsigned 16-bit number at an offset; nil past the end.
    fileprivate func short(at offset: Int) -> Int? {
        guard indices.contains(offset), indices.contains(offset + 1) else { return nil }
        return withUnsafeBytes { Int($0.loadUnaligned(fromByteOffset: offset, as: UInt16.self)) }
    }
}
