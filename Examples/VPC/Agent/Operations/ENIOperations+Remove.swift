// SPDX-License-Identifier: Apache-2.0

internal import AddressPool
internal import EC2
internal import Logging

extension ENIOperations {
    /// Detaches an ENI if it is attached, and deletes it.
    func remove(_ id: String) async throws(EC2Error) {
        let end = ContinuousClock.now + patience
        var next = pause / 4
        var isDetaching = false
        var missing = 0
        while true {
            // An ENI that one answer does not show may just be new.
            guard let eni = try await describe(id) else {
                missing += 1
                if missing > 1 {
                    try await service.deleteNetworkInterface(id)
                    return
                }
                try await wait(next)
                continue
            }
            if let attachment = eni.attachment, attachment.status != .detached {
                if attachment.deviceIndex == 0, attachment.networkCard == 0 {
                    throw EC2Error(
                        .notPermitted, action: "DetachNetworkInterface", message: "\(id) is the primary ENI")
                }
                if !isDetaching, attachment.status != .detaching, let attachmentID = attachment.id {
                    try await service.detachNetworkInterface(attachment: attachmentID, force: false)
                    isDetaching = true
                }
            } else if try await hasDeleted(id) {
                logger.info("ENI deleted", metadata: ["eni": "\(id)"])
                return
            }
            guard ContinuousClock.now < end else {
                throw EC2Error(
                    .timedOut, action: "DeleteNetworkInterface",
                    message: "\(id) is not gone after \(patience.components.seconds) s")
            }
            try await wait(next)
            next = min(next * 2, pause * 4)
        }
    }

    /// Deletes; false while EC2 still says that it is in use, in either of its two spellings.
    private func hasDeleted(_ id: String) async throws(EC2Error) -> Bool {
        do throws(EC2Error) {
            try await service.deleteNetworkInterface(id)
            return true
        } catch  where error.kind == .inUse || error.kind == .incorrectState {
            return false
        }
    }
}
