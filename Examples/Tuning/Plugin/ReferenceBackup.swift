// SPDX-License-Identifier: Apache-2.0

internal import CNIPlugin
internal import LinuxCore
internal import Netlink
internal import NetworkState

/// What the reference plugin notes of an interface before it changes it, in `dataDir/CONTAINER_INTERFACE.json`: a container
/// that was attached with that one gets it back from here.
enum ReferenceBackup {
    /// Brings the interface to what is noted, if it is there, and removes the note.
    static func restore(for request: Request<TuningConfiguration>) throws(CNIError) {
        let name = "\(request.attachment.containerID)_\(request.interface).json"
        let path = "\(request.configuration.dataDir)/\(name)"
        do throws(SystemError) {
            let text = try File.read(path)
            if let attributes = attributes(text) {
                var state = NetworkState(owner: request.attachment.key)
                state.add(.link(LinkState(request.interface, nil, attributes)), in: .container)
                // Whatever has become of it: a DEL succeeds on ruins.
                try? request.reach(state)
            }
            try File.remove(path)
        } catch  where error.meansNoFile {
            return
        } catch {
            throw CNIError(.ioFailure, "\(error)")
        }
    }

    private static func attributes(_ text: [UInt8]) -> LinkAttributes? {
        guard let document = try? JSON(parsing: text) else { return nil }
        var attributes = LinkAttributes(
            mtu: document["mtu"]?.int.flatMap { $0 > 0 ? UInt32(exactly: $0) : nil },
            mac: document["mac"]?.string.flatMap { MACAddress($0) })
        attributes.transmitQueueLength = document["txQLen"]?.int.flatMap { UInt32(exactly: $0) }
        attributes.isPromiscuous = document["promisc"]?.bool
        attributes.isAllMulticast = document["allmulti"]?.bool
        return attributes == LinkAttributes() ? nil : attributes
    }
}
