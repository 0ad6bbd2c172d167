// SPDX-License-Identifier: Apache-2.0

struct CreateTags: SilentCall {
    static let action = "CreateTags"
    let repetition = Repetition.harmless
    let resources: [String]
    let tags: [String: String]

    func describe(in parameters: inout QueryParameters) {
        parameters.list("ResourceId", resources)
        parameters.tags("Tag", tags)
    }
}

extension EC2Client {
    /// Sets tags; those of the same key are replaced. None, no call.
    public func createTags(_ tags: [String: String], on resources: [String]) async throws(EC2Error) {
        guard !tags.isEmpty, !resources.isEmpty else { return }
        try await perform(CreateTags(resources: resources, tags: tags))
    }
}
