// SPDX-License-Identifier: Apache-2.0

/// In which of an attachment's two network namespaces an object is.
public enum Place: String, Hashable, Sendable, CaseIterable {
    /// The namespace in which the plugin was started.
    case host
    /// The container's.
    case container
}

/// How long an object is there.
public enum Lifetime: Hashable, Sendable {
    /// As long as the attachment: deletion removes it.
    case attachment
    /// As long as the network has an attachment: the last one's deletion removes it, if it was made here.
    case network
    /// From then on: a setting of the host's that others come to rely on.
    case host
}
