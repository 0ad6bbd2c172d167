// SPDX-License-Identifier: Apache-2.0

internal import CLibNL
public import Namespaces

/// A session with nf_tables in one network namespace: packet filtering and address translation.
///
/// It stays in the namespace where it was opened, whichever thread uses it, and belongs to one thread at a time.
public final class NFTablesSocket {
    let socket: NetlinkSocket

    /// Opens a session in the calling thread's namespace.
    public init() throws(NetlinkError) {
        socket = try NetlinkSocket(protocol: NETLINK_NETFILTER)
    }

    /// Opens a session in a namespace.
    public init(in namespace: borrowing NetworkNamespace) throws(NetlinkError) {
        socket = try NetlinkSocket.open(protocol: NETLINK_NETFILTER, in: namespace)
    }

    /// Has the kernel make all changes of a batch, or none.
    ///
    /// One system call, and for other processes and packets one moment. Throws the first change that the
    /// kernel refused. A batch of more than 400 KiB, some 4,000 elements, needs CAP_NET_ADMIN in the initial
    /// user namespace, or a larger net.core.wmem_max; it is EMSGSIZE otherwise.
    public func perform(_ batch: NFTablesBatch) throws(NetlinkError) {
        if let problem = batch.problem { throw problem }
        if batch.isEmpty { return }
        try NetlinkSocket.admit(batch.summary)
        try socket.transact(batch.batch, subsystem: UInt16(NFNL_SUBSYS_NFTABLES), batch.summary)
    }

    /// Has the kernel make all changes that `build` asks for, or none.
    public func perform(_ build: (inout NFTablesBatch) -> Void) throws(NetlinkError) {
        var batch = NFTablesBatch()
        build(&batch)
        try perform(batch)
    }
}
