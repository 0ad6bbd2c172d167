// SPDX-License-Identifier: Apache-2.0

/// The token of requests to the metadata service; those who need one at the same time wait for the same request.
actor MetadataTokens {
    private var current: (text: String, end: Duration)?
    private var fetch: Task<(String, Duration), any Error>?

    /// The token that holds just now, or a new one.
    ///
    /// - Parameter request: Asks for a token; returns it with the moment from which it is not used any more.
    func token(
        at now: Duration, _ request: @escaping @Sendable () async throws(MetadataError) -> (String, Duration)
    ) async throws(MetadataError) -> String {
        if let current, now < current.end { return current.text }
        do {
            if let fetch { return try await fetch.value.0 }
            let task = Task { try await request() }
            fetch = task
            defer { fetch = nil }
            let (text, end) = try await task.value
            current = (text, end)
            return text
        } catch {
            throw error as? MetadataError ?? MetadataError(.refused, "metadata: \(error)")
        }
    }

    /// The service does not take this token.
    func forget(_ text: String) {
        if current?.text == text { current = nil }
    }
}
