// SPDX-License-Identifier: Apache-2.0

public import CNITypes

extension AgentClient {
    /// What an attachment gets, or would get.
    ///
    /// - Parameter verb: `add`, `plan` or `check`.
    /// - Throws: ``CNIError/Code/tryAgainLater`` without an agent, and if it does not answer in time; what it refuses.
    ///   After a failure other than a refusal it may have given something all the same.
    public func attachment(
        _ verb: AgentRequest.Verb, of network: NetworkName, patience: UInt32
    ) throws(CNIError) -> PodAttachment {
        let content: AgentAnswer.Content
        do throws(AgentFailure) {
            content = try askPersistently(AgentRequest(verb, of: network), patience: patience)
        } catch {
            throw error.error
        }
        switch content {
        case .attachment(let attachment): return attachment
        case .failure(let error): throw error
        case .done: throw CNIError(.decodingFailure, "answer of vpc-agent: no attachment in it")
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
        if case .failure(let error) = content { throw error }
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
