// SPDX-License-Identifier: Apache-2.0

public import CNITypes

extension AgentClient {
    /// What an attachment has, or would get; nothing is changed.
    ///
    /// - Parameter verb: `plan` or `check`.
    /// - Throws: ``CNIError/Code/tryAgainLater`` without an agent, and if it does not answer in time; what it refuses.
    public func attachment(
        _ verb: AgentRequest.Verb, of network: NetworkName, patience: UInt32
    ) throws(CNIError) -> PodAttachment {
        do throws(AgentFailure) {
            return try Self.attachment(
                in: askPersistently(AgentRequest(verb, of: network), patience: patience))
        } catch {
            throw error.error
        }
    }

    /// What an attachment gets.
    ///
    /// If it may have been given something that nobody heard of, that is given back.
    ///
    /// - Parameter brief: How long giving back may take, in milliseconds.
    /// - Throws: As ``attachment(_:of:patience:)``.
    public func add(
        _ addition: AgentRequest.Addition, patience: UInt32, brief: UInt32, notes: ReleasedAttachments
    ) throws(CNIError) -> PodAttachment {
        let network = addition.attachment.network
        do throws(AgentFailure) {
            return try Self.attachment(
                in: askPersistently(AgentRequest(.add(addition), of: network), patience: patience))
        } catch {
            guard error.mayHaveTakenEffect else { throw error.error }
            var whole = error.error
            do throws(CNIError) {
                try release(addition.attachment, patience: brief, notes: notes)
            } catch let other {
                whole.details = [whole.details, "giving back: \(other)"].compactMap(\.self).joined(
                    separator: "\n")
            }
            throw whole
        }
    }

    private static func attachment(in content: AgentAnswer.Content) throws(AgentFailure) -> PodAttachment {
        switch content {
        case .attachment(let attachment): return attachment
        case .failure(let error): throw .refused(error)
        case .done: throw .unintelligible(CNIError(.decodingFailure, "no attachment in it"))
        }
    }

    /// Has the agent note that an attachment is gone, or leaves it a note where it does not answer.
    ///
    /// - Throws: What the agent refuses, and a note that cannot be written.
    public func release(
        _ attachment: Attachment, patience: UInt32, notes: ReleasedAttachments
    ) throws(CNIError) {
        let request = AgentRequest(.delete(attachment), of: attachment.network)
        let content: AgentAnswer.Content
        do throws(AgentFailure) {
            content = try ask(request, patience: patience)
        } catch {
            try notes.add(attachment)
            // One that has started meanwhile has maybe looked for notes before this one was there: it listens first.
            guard case .absent = error else { return }
            if case .done = try? ask(request, patience: patience) { try notes.remove(attachment) }
            return
        }
        guard case .failure(let error) = content else { return }
        // An agent that another release of us will understand: containers can be deleted after a downgrade, too.
        if error.code == .incompatibleVersion { return try notes.add(attachment) }
        throw error
    }

    /// Tells the agent which attachments of a network there are, or asks whether the node can take one.
    ///
    /// - Parameter verb: `gc` or `status`.
    /// - Throws: As ``attachment(_:of:patience:)``.
    public func perform(
        _ verb: AgentRequest.Verb, of network: NetworkName, patience: UInt32
    ) throws(CNIError) {
        let content: AgentAnswer.Content
        do throws(AgentFailure) {
            content = try ask(AgentRequest(verb, of: network), patience: patience)
        } catch {
            throw error.error
        }
        if case .failure(let error) = content { throw error }
    }
}
