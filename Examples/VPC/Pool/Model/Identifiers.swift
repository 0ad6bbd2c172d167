// SPDX-License-Identifier: Apache-2.0

/// An elastic network interface's identifier, such as `eni-0a1b2c3d4e5f60718`.
package struct ENIID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let text: String

    package init(_ text: String) { self.text = text }

    package static func < (left: ENIID, right: ENIID) -> Bool { left.text < right.text }

    package var description: String { text }
}

/// A subnet's identifier, such as `subnet-0a1b2c3d`.
package struct SubnetID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let text: String

    package init(_ text: String) { self.text = text }

    package static func < (left: SubnetID, right: SubnetID) -> Bool { left.text < right.text }

    package var description: String { text }
}

/// What an address is handed out to, and the only thing by which it is taken back: a container and its interface.
///
/// Never a pod's name or an address: the next sandbox of a StatefulSet's pod has the same name, and a late DEL of the
/// one before must not take its address.
package struct AttachmentKey: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let container: String
    package let interface: String

    package init(container: String, interface: String) {
        self.container = container
        self.interface = interface
    }

    package static func < (left: AttachmentKey, right: AttachmentKey) -> Bool {
        (left.container, left.interface) < (right.container, right.interface)
    }

    /// `CONTAINER/INTERFACE`.
    package var description: String { "\(container)/\(interface)" }
}
