// SPDX-License-Identifier: Apache-2.0

/// What the agent finds on its node: the kernel's links, and what namespaces hold.
package struct Surroundings: Sendable {
    /// Which interface an ENI is, in place of the kernel, which then is left alone altogether; nil for the kernel.
    package var links: (any LinkDirectory)?
    /// What namespaces hold; nil for those of the machine.
    package var look: (any NamespaceLook)?

    /// The machine's own.
    package init(links: (any LinkDirectory)? = nil, look: (any NamespaceLook)? = nil) {
        self.links = links
        self.look = look
    }
}
