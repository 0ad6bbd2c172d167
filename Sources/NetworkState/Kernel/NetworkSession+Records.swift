// SPDX-License-Identifier: Apache-2.0

internal import LinuxCore
internal import Netlink

extension NetworkSession {
    /// Notes what an attachment, and its network, are about to have that no mark tells of; returns what was noted before.
    func record(_ changes: [Change], of state: NetworkState) throws(StateError) -> [AttachmentRecord] {
        let inheritance = try inheritance(of: state, changes)
        let steps = state.recorded(changes) + inheritance.steps
        var shared = state.unmarkedShared
        for item in state.onSharedLinks(changes) {
            if let link = item.object.link, try isOfOthers(link) { shared.append(item) }
        }
        if steps.isEmpty, shared.isEmpty, inheritance.records.isEmpty { return [] }
        return try withRecords { records throws(SystemError) in
            var former: [AttachmentRecord] = []
            func write(
                _ owner: String, by plugin: String?, _ change: ([Change]) -> [Change]
            ) throws(SystemError) {
                let known = try records.record(of: owner, by: plugin)
                let before = known ?? AttachmentRecord(owner: owner, plugin: plugin, steps: [])
                var now = before
                now.steps = change(before.steps)
                if now.steps == before.steps { return }
                if owner == state.owner, now.lends { now.container = containerPath }
                former.append(before)
                try records.write(now)
            }
            if !steps.isEmpty { try write(state.owner, by: plugin) { steps + $0 } }
            for record in inheritance.records {
                try write(record.owner, by: record.plugin) { _ in record.steps }
            }
            let network = Self.network(of: state.owner)
            if shared.isEmpty || network.isEmpty { return former }
            let known = try records.record(of: network, by: nil)?.steps ?? []
            let unknown = shared.filter { item in !known.contains { $0.object?.key == item.object.key } }
            if unknown.isEmpty { return former }
            let others = try records.all().filter(\.isOfNetwork).flatMap(\.steps)
            let more = state.sharedSteps(of: unknown, changes, others: others)
            try write(network, by: nil) { $0 + more }
            return former
        }
    }

    /// The records of all attachments.
    func attachmentRecords() throws(StateError) -> [AttachmentRecord] {
        try withRecords { records throws(SystemError) in try records.all().filter { !$0.isOfNetwork } }
    }

    /// Whether a link of the host was not made here.
    private func isOfOthers(_ name: String) throws(StateError) -> Bool {
        let socket = try routing(.host)
        let link = try netlink { () throws(NetlinkError) in try socket.link(.name(name)) }
        return !Ownership.isShared(alias: link?.attributes.alias)
    }

    /// Puts records back as they were.
    func restore(_ former: [AttachmentRecord]) throws(StateError) {
        if former.isEmpty { return }
        try withRecords { records throws(SystemError) in
            for record in former {
                if record.steps.isEmpty {
                    try records.remove(record.owner, by: record.plugin)
                } else {
                    try records.write(record)
                }
            }
        }
    }

    /// The steps that take back what this plugin's record of an attachment tells.
    func recordedSteps(of owner: String) throws(StateError) -> [Change] {
        try withRecords { records throws(SystemError) in
            try records.record(of: owner, by: plugin)?.steps ?? []
        }
    }

    /// Does what this plugin's record of an attachment tells, and forgets it.
    package func takeBack(_ owner: String) throws(StateError) {
        let steps = try recordedSteps(of: owner)
        if steps.isEmpty { return }
        try remove(steps)
        try forget(owner)
    }

    /// Forgets this plugin's record of an attachment: all of it has been taken back.
    public func forget(_ owner: String) throws(StateError) {
        try withRecords { records throws(SystemError) in try records.remove(owner, by: plugin) }
    }

    /// Forgets the records of attachments whose key `isGoing` accepts, of all plugins.
    public func forget(where isGoing: (String) -> Bool) throws(StateError) {
        try withRecords { records throws(SystemError) in
            try records.removeAll(where: isGoing)
        }
    }

    /// What the records of other networks than this one tell.
    func sharedSteps(besides network: String) throws(StateError) -> [Change] {
        try withRecords { records throws(SystemError) in
            try records.all().filter { $0.isOfNetwork && $0.owner != network }.flatMap(\.steps)
        }
    }

    /// Takes back what a network's record tells of settings, and no other network's.
    func restoreSharedSettings(of network: String, besides others: [Change]) throws(StateError) {
        try remove(recordedSteps(of: network, besides: others).filter { $0.object?.isSetting ?? false })
    }

    private func recordedSteps(
        of network: String, besides others: [Change]
    ) throws(StateError) -> [Change] {
        let own = try withRecords { records throws(SystemError) in
            try records.record(of: network, by: nil)?.steps ?? []
        }
        return own.filter { step in !others.contains { $0.object?.key == step.object?.key } }
    }

    /// Takes back what else a network's record tells and no other network's, but for links, and forgets it.
    func removeSharedRecord(of network: String, besides others: [Change]) throws(StateError) {
        try remove(
            recordedSteps(of: network, besides: others).filter { step in
                step.removedLink == nil && !(step.object?.isSetting ?? false)
            })
        try withRecords { records throws(SystemError) in try records.remove(network, by: nil) }
    }

    /// The network's part of an attachment's key.
    static func network(of owner: String) -> String {
        String(decoding: owner.utf8.prefix { $0 != UInt8(ascii: "/") }, as: UTF8.self)
    }

    private func withRecords<Value>(
        _ body: (RecordFolder) throws(SystemError) -> Value
    ) throws(StateError) -> Value {
        let cookie = try routing(.host).namespaceCookie
        do throws(SystemError) {
            return try body(try RecordFolder(in: recordPath, cookie: cookie))
        } catch {
            throw StateError(error)
        }
    }
}
