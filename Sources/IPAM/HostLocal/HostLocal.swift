// SPDX-License-Identifier: Apache-2.0

public import CNITypes
internal import LinuxCore

/// Host-local IPAM: addresses out of ranges, leased on this host, in files that the reference plugin
/// `host-local` reads and writes too.
///
/// A container that has an address keeps it until its DEL, a GC that does not list it, or the next boot, if
/// there is no doubt about it: network namespaces do not outlive one. All operations of a network exclude each other, across
/// processes; each costs the same regardless of the number of leases, except GC, and the first operation after
/// a boot, a crash, or a change by the reference plugin or an operator.
///
/// DEL and GC need the network's name and `dataDir` alone, so that a configuration that has become wrong
/// does not keep addresses from being released. An invalid one is an error of the other operations; see
/// ``validate()``.
public struct HostLocal: Sendable {
    let leases: LeaseFolder
    let index: AttachmentIndex
    let boot: BootSource
    private let network: NetworkConfiguration
    private let arguments: CNIArguments

    /// Reads a configuration and the arguments from `CNI_ARGS`, without any I/O.
    ///
    /// - Throws: ``CNIError/Code/invalidConfiguration`` if `ipam.dataDir` is not a path. What else is wrong
    ///   with the configuration comes out of ``validate()`` and of the operations that need it.
    public init(configuration: NetworkConfiguration, arguments: CNIArguments) throws(CNIError) {
        try self.init(configuration: configuration, arguments: arguments, boot: .kernel)
    }

    package init(
        configuration: NetworkConfiguration, arguments: CNIArguments, boot: BootSource
    ) throws(CNIError) {
        let directory = try Self.dataDirectory(configuration)
        let name = configuration.name.rawValue
        leases = LeaseFolder(dataDirectory: directory, network: name)
        index = AttachmentIndex(dataDirectory: directory, network: name)
        self.boot = boot
        self.network = configuration
        self.arguments = arguments
    }

    /// What there is to know besides the network's name and folder; a release does without it.
    func configuration() throws(CNIError) -> HostLocalConfiguration {
        try HostLocalConfiguration(network, arguments)
    }

    /// Checks the whole configuration.
    ///
    /// - Throws: ``CNIError/Code/invalidConfiguration``, with the place in the document, or
    ///   ``CNIError/Code/invalidEnvironment`` if it is `CNI_ARGS`.
    public func validate() throws(CNIError) {
        _ = try configuration()
    }

    private static func dataDirectory(_ configuration: NetworkConfiguration) throws(CNIError) -> String {
        switch configuration.ipam?["dataDir"] {
        case nil, .null, .string(""): return "/var/lib/cni/networks"
        case .string(let path) where !path.utf8.contains(0): return path
        default: throw CNIError(.invalidConfiguration, at: "ipam.dataDir", "expected the path of a folder")
        }
    }
}

extension HostLocal {
    /// Releases what an attachment holds; no error if that is nothing.
    ///
    /// - Throws: ``CNIError/Code/ioFailure``.
    public func delete(_ attachment: Attachment) throws(CNIError) {
        try inputOutput { () throws(SystemError) in
            guard var store = try LeaseStore.existing(leases, index, boot: boot) else { return }
            try store.refresh()
            try store.release(LeaseOwner(attachment))
            store.commit()
        }
    }

    /// Releases the leases of all attachments but the given ones (GC).
    ///
    /// A lease from before leases named interfaces stays if any attachment of its container is given. A
    /// file that names no container, such as an operator's reservation with blanks in its text, stays.
    ///
    /// - Throws: ``CNIError/Code/ioFailure``, when everything that can be released has been.
    public func collect(keeping attachments: Set<AttachmentReference>) throws(CNIError) {
        let containers = Set(attachments.map(\.containerID))
        try inputOutput { () throws(SystemError) in
            guard var store = try LeaseStore.existing(leases, index, boot: boot) else { return }
            let failures = try store.collect { owner in
                guard let interface = owner.interface else {
                    return !containers.contains(owner.containerID) && owner.isContainer
                }
                return !attachments.contains(
                    AttachmentReference(containerID: owner.containerID, ifname: interface))
            }
            store.commit()
            if let first = failures.first { throw first }
        }
    }
}

extension LeaseOwner {
    init(_ attachment: Attachment) {
        self.init(containerID: attachment.containerID.rawValue, interface: attachment.interface.rawValue)
    }

    /// Whether this can be what a CNI plugin was called with.
    var isContainer: Bool {
        (try? ContainerID(containerID)) != nil
    }
}
