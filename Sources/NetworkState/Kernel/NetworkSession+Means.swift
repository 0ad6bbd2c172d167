// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import LinuxCore
internal import Namespaces
internal import Netlink

extension NetworkSession {
    /// Throws what certainly keeps steps on the host from being done, without doing any of them: no right to change the
    /// network, settings below a read-only /proc/sys, kinds of links that the kernel does not have.
    package func requireMeans(for changes: [Change]) throws(StateError) {
        try requireRight()
        for change in changes where change.place == .host {
            switch change.action {
            case .create(.sysctl(let setting)), .modify(.sysctl(let setting), _):
                try SysctlFile.requireWritable(setting)
            default: break
            }
        }
        try rehearse(changes.filter { $0.createdLink != nil && $0.place == .host })
    }

    /// CAP_NET_ADMIN in the namespace: the kernel asks for it before it looks for the link, which is not there.
    private func requireRight() throws(StateError) {
        let nobody = LinkReference.index(UInt32(Int32.max))
        let socket = try routing(.host)
        do throws(NetlinkError) {
            try socket.perform { $0.setLink(nobody, LinkAttributes()) }
        } catch  where error.errno == EPERM {
            throw StateError(.netlink(error))
        } catch {
            return
        }
    }

    /// Makes links in a namespace that goes at once.
    ///
    /// Those on top of others are left out: they need those.
    private func rehearse(_ changes: [Change]) throws(StateError) {
        let links = changes.filter { change in
            if case .create(.link(let link)) = change.action { link.parent == nil } else { false }
        }
        // What keeps a namespace from being made need not keep a link from it.
        guard !links.isEmpty, let place = try? NetworkNamespace.anonymous() else { return }
        let failure = try place.run { () throws(StateError) in
            NetworkSession(container: nil).perform(links).failures.first
        }
        if let failure { throw failure }
    }
}
