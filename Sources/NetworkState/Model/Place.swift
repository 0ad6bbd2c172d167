// SPDX-License-Identifier: Apache-2.0

/// In which of an attachment's two network namespaces an object is.
public enum Place: String, Hashable, Sendable, CaseIterable {
    /// The namespace in which the plugin was started.
    case host
    /// The container's.
    case container

    /// The other one.
    var other: Place { self == .host ? .container : .host }
}

/// How long an object is there.
public enum Lifetime: Hashable, Sendable {
    /// As long as the attachment: its DEL removes it.
    case attachment
    /// As long as the network: a GC that leaves no attachment of it removes what was made here and nothing else uses.
    case network
    /// From then on: a setting of the host's that others come to rely on.
    case host
}

/// Which verbs an item of a description is for.
public enum Concern: Hashable, Sendable {
    /// ADD makes it, and CHECK demands it.
    case always
    /// ADD makes it; later plugins and the container may change it, so CHECK does not look at it.
    case addition
    /// CHECK and STATUS demand it; somebody else makes it.
    case inspection
}
