// SPDX-License-Identifier: Apache-2.0

/// What happens by itself at a time.
struct PendingEvent: Sendable {
    enum Kind: Sendable {
        case attached(attachment: String)
        case detached(attachment: String)
        case running(instance: String)
        case stopped(instance: String)
        case terminated(instance: String)
        case forgotten(instance: String)
    }

    let due: Timestamp
    let kind: Kind
}

extension Region {
    /// When the next thing happens by itself, or nil if nothing is under way.
    public var nextEvent: Timestamp? { pending.map(\.due).min() }

    /// Brings everything that takes time up to date: attachments, instances.
    ///
    /// - Parameter time: what time it is; an earlier one than the last changes nothing.
    /// - Returns: whether anything has changed.
    @discardableResult public mutating func advance(to time: Timestamp) -> Bool {
        let sequence = resources.sequence
        while let index = pending.indices.min(by: { pending[$0].due < pending[$1].due }),
            pending[index].due <= time
        {
            let event = pending.remove(at: index)
            now = max(now, event.due)
            happen(event.kind)
            commit()
        }
        now = max(now, time)
        return resources.sequence != sequence
    }

    mutating func schedule(_ kind: PendingEvent.Kind, after milliseconds: Int64) {
        pending.append(PendingEvent(due: now.adding(milliseconds: milliseconds), kind: kind))
    }

    private mutating func happen(_ kind: PendingEvent.Kind) {
        switch kind {
        case .attached(let attachment):
            guard let id = interfaceID(of: attachment),
                resources.interfaces[id]?.attachment?.status == .attaching
            else { return }
            resources.interfaces[id]?.attachment?.status = .attached
        case .detached(let attachment):
            guard let id = interfaceID(of: attachment) else { return }
            resources.interfaces[id]?.attachment = nil
        case .running(let instance): change(instance, from: .pending, to: .running)
        case .stopped(let instance):
            change(instance, from: .stopping, to: .stopped)
            resources.instances[instance]?.blockedIndexes = []
        case .terminated(let instance):
            guard resources.instances[instance]?.state == .shuttingDown else { return }
            resources.instances[instance]?.state = .terminated
            for interface in resources.interfaces(of: instance) {
                if interface.attachment?.deleteOnTermination == true {
                    remove(interface)
                } else {
                    resources.interfaces[interface.id]?.attachment = nil
                }
            }
            schedule(.forgotten(instance: instance), after: settings.terminatedTime)
        case .forgotten(let instance): resources.instances[instance] = nil
        }
    }

    private func interfaceID(of attachment: String) -> String? {
        resources.interfaces.values.first { $0.attachment?.id == attachment }?.id
    }

    private mutating func change(_ instance: String, from: Instance.State, to state: Instance.State) {
        guard resources.instances[instance]?.state == from else { return }
        resources.instances[instance]?.state = state
    }

    /// Takes an interface away with everything that it has of its subnet.
    mutating func remove(_ interface: NetworkInterface) {
        for address in interface.addresses {
            resources.subnets[interface.subnet]?.plan.release(address.address)
        }
        for prefix in interface.ipv4Prefixes { resources.subnets[interface.subnet]?.plan.release(prefix) }
        for address in interface.ipv6Addresses {
            resources.subnets[interface.subnet]?.ipv6Plan?.release(address)
        }
        for prefix in interface.ipv6Prefixes {
            resources.subnets[interface.subnet]?.ipv6Plan?.release(prefix)
        }
        resources.interfaces[interface.id] = nil
    }
}
