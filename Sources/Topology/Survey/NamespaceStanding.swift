// SPDX-License-Identifier: Apache-2.0

public import CNITypes

/// What is known of an attachment's network namespace.
///
/// Only ``gone`` is a reason to remove anything.
public enum NamespaceStanding: Hashable, Sendable {
    /// There is a namespace at the path.
    case exists
    /// It exists, but the path does not lead there from here; why that is known.
    case hidden(String)
    /// The kernel does not have it any more.
    case gone
    /// Nobody can tell; why.
    case unknown(String)
}

/// What a runtime remembers of an attachment, by which its network namespace can be known again.
public struct AttachmentTrace: Hashable, Sendable {
    /// Whose it is.
    public var attachment: Attachment
    /// Where the runtime had the namespace; nil if it does not say.
    public var namespacePath: String?
    /// The result of ADD; nil if there is none.
    public var result: CNIResult?

    /// Creates a trace.
    public init(_ attachment: Attachment, namespacePath: String?, result: CNIResult? = nil) {
        self.attachment = attachment
        self.namespacePath = namespacePath
        self.result = result
    }
}
