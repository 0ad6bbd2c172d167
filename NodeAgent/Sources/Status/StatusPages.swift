// SPDX-License-Identifier: Apache-2.0

public import CNITypes

/// What an agent says of itself by HTTP, by path.
///
/// | path | |
/// |---|---|
/// | `/healthz` | 200 as long as the agent works; 503 with the reasons |
/// | `/readyz` | 200 if it can do its work; 503 with the reasons, a line each |
/// | `/metrics` | for Prometheus |
public struct StatusPages: Sendable {
    /// An answer of HTTP.
    public struct Page: Hashable, Sendable {
        /// The status: 200.
        public var status: Int
        /// The media type.
        public var type: String
        /// The body.
        public var text: String

        /// Creates an answer.
        public init(status: Int = 200, type: String = "text/plain; charset=utf-8", text: String) {
            self.status = status
            self.type = type
            self.text = text
        }
    }

    /// How something is.
    public struct Report: Hashable, Sendable {
        /// What is wrong, a line each; none if all is well.
        public var problems: [String]
        /// What else there is to know, such as when a server answered last; shown in any case.
        public var notes: [String]

        /// Creates a report.
        public init(problems: [String] = [], notes: [String] = []) {
            self.problems = problems
            self.notes = notes
        }

        /// Two reports in one.
        public static func + (first: Report, second: Report) -> Report {
            Report(problems: first.problems + second.problems, notes: first.notes + second.notes)
        }

        /// `ok`, or the problems, and the notes.
        var page: Page {
            let lines = (problems.isEmpty ? ["ok"] : problems) + notes
            return Page(status: problems.isEmpty ? 200 : 503, text: lines.map { $0 + "\n" }.joined())
        }
    }

    private var pages: [String: @Sendable () async -> Page] = [:]

    /// Creates the three pages.
    ///
    /// - Parameter health: Whether the agent works; a kubelet restarts one that has problems.
    /// - Parameter readiness: Whether it can do its work.
    public init(
        metrics: MetricRegistry, health: @escaping @Sendable () async -> Report = { Report() },
        readiness: @escaping @Sendable () async -> Report
    ) {
        add("/healthz") { await health().page }
        add("/readyz") { await readiness().page }
        add("/metrics") {
            Page(type: "text/plain; version=0.0.4; charset=utf-8", text: metrics.text)
        }
    }

    /// Adds a page, or replaces one.
    ///
    /// - Parameter path: `/v1/pool`.
    public mutating func add(_ path: String, _ page: @escaping @Sendable () async -> Page) {
        pages[path] = page
    }

    /// Takes a page away: `/metrics`, where nobody is to read them.
    public mutating func remove(_ path: String) { pages[path] = nil }

    /// Adds a page of JSON.
    public mutating func addJSON(_ path: String, _ value: @escaping @Sendable () async -> JSON) {
        add(path) { Page(type: "application/json", text: await value().serialized() + "\n") }
    }

    /// The paths of the pages, sorted.
    public var paths: [String] { pages.keys.sorted() }

    /// The page of a path, of which a query is left out; one with the status 404 and the paths for another one.
    public func page(_ path: String) async -> Page {
        guard let page = pages[String(path.prefix { $0 != "?" })] else {
            return Page(status: 404, text: paths.joined(separator: ", ") + "\n")
        }
        return await page()
    }
}
