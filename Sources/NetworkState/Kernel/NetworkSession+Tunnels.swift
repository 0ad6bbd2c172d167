// SPDX-License-Identifier: Apache-2.0

internal import CLinuxShims
internal import Glibc
internal import LinuxCore
internal import Netlink

extension NetworkSession {
    /// Makes links that the kernel makes by /dev/net/tun alone.
    func makeTunnels(_ changes: [Change], in place: Place, done: inout [Change]) throws(StateError) {
        for change in changes {
            guard let (link, settings) = change.createdTunnel else { continue }
            try makeTunnel(link, settings, in: place)
            done.append(change)
        }
    }

    /// One of a process that dies in between is gone with it: it stays only when it has its mark.
    private func makeTunnel(_ link: LinkState, _ settings: TUN, in place: Place) throws(StateError) {
        let socket = try routing(place)
        var attributes = try settable(link.attributes)
        attributes.alias = link.alias
        let master: UInt32? = if let name = link.master { try index(of: name, in: place) } else { nil }
        let request = attributes
        try enter(place) { () throws(StateError) in
            let device = try TunnelDevice(link.name)
            try device.create(settings)
            do throws(NetlinkError) {
                try socket.perform { $0.setLink(.name(link.name), request, master: master) }
            } catch {
                throw StateError(error)
            }
            try device.persist()
        }
    }
}

/// An open /dev/net/tun, whose calls are named in the words of ip(8).
private struct TunnelDevice: ~Copyable {
    private let name: String
    private let file: OwnedFileDescriptor

    /// The link is made in the calling thread's namespace.
    init(_ name: String) throws(StateError) {
        self.name = name
        do throws(SystemError) {
            file = try OwnedFileDescriptor(opening: "/dev/net/tun", O_RDWR | O_CLOEXEC)
        } catch {
            throw StateError(error)
        }
    }

    /// Makes the link, which is there as long as the file is open.
    func create(_ settings: TUN) throws(StateError) {
        let (name, file, isTap) = (name, file.rawValue, settings.isTap ?? true)
        do throws(SystemError) {
            try systemCall("tuntap add \(name) mode \(isTap ? "tap" : "tun")") {
                swift_cni_tun_create(file, name, isTap, settings.hasQueues ?? false)
            }
            if let owner = settings.owner {
                try systemCall("tuntap set \(name) user \(owner)") { swift_cni_tun_set_owner(file, owner) }
            }
            if let group = settings.group {
                try systemCall("tuntap set \(name) group \(group)") { swift_cni_tun_set_group(file, group) }
            }
        } catch {
            throw StateError(error)
        }
    }

    /// Has the link stay when the file is closed.
    func persist() throws(StateError) {
        do throws(SystemError) {
            let descriptor = file.rawValue
            try systemCall("tuntap keep \(name)") { swift_cni_tun_persist(descriptor) }
        } catch {
            throw StateError(error)
        }
    }
}
