// SPDX-License-Identifier: Apache-2.0

/// The trace that a call belongs to, which plugins get in their environment.
///
/// As W3C Trace Context and Baggage have it, in the variables of OpenTelemetry:
///
///     try await TraceContext.$current.withValue(TraceContext(traceParent: "00-…")) {
///         try await runtime.add(network, request)
///     }
///
/// Without one, the variables of the runtime's own environment are passed on.
public struct TraceContext: Hashable, Sendable {
    /// TRACEPARENT.
    public var traceParent: String
    /// TRACESTATE.
    public var traceState: String?
    /// BAGGAGE.
    public var baggage: String?

    /// The trace of the current task.
    @TaskLocal public static var current: TraceContext?

    /// Creates a context.
    public init(traceParent: String, traceState: String? = nil, baggage: String? = nil) {
        self.traceParent = traceParent
        self.traceState = traceState
        self.baggage = baggage
    }
}
