// SPDX-License-Identifier: Apache-2.0

/// A request as all of the simulator's servers see it.
package struct WebRequest: Sendable {
    /// Such as `POST`.
    package var method: String
    /// The path as it was sent.
    package var path: String
    /// What is behind the question mark, as it was sent.
    package var query: String
    /// The fields in the order they were sent, names in lower case.
    package var headers: [(name: String, value: String)]
    /// The body.
    package var body: [UInt8]
    /// The address that it came from; nil if it has none.
    package var client: String?

    package init(
        method: String, path: String, query: String = "", headers: [(name: String, value: String)] = [],
        body: [UInt8] = [], client: String? = nil
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.client = client
    }

    /// The first value of a field; the name in lower case.
    package func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}

/// What is answered.
package struct WebAnswer: Sendable {
    package var status: Int
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    /// Whether the connection ends without an answer instead.
    package var isDropped = false
    /// The TTL of the answer's packets, where that matters.
    package var hops: Int?

    package init(_ status: Int, _ text: String = "", type: String = "text/plain; charset=utf-8") {
        self.status = status
        headers = [("content-type", type)]
        body = Array(text.utf8)
    }

    /// No answer: the connection ends.
    package static var dropped: WebAnswer {
        var answer = WebAnswer(500)
        answer.isDropped = true
        return answer
    }
}
