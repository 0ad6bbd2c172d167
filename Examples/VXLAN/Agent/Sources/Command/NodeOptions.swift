// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
public import CNITypes
internal import OverlayAgent
internal import VXLANOverlay

/// What the node is, and what is made on it.
struct NodeOptions: ParsableArguments {
    @Option(
        name: .customLong("iface"),
        help: ArgumentHelp(
            """
            The interface to the other nodes, by name or by address; several are tried in turn. Without one, that of \
            the default route.
            """, valueName: "name"))
    var interfaces: [String] = []

    @Option(
        name: .customLong("iface-regex"),
        help: ArgumentHelp(
            "A regular expression that a part of the interface's name or address matches, tried after --iface.",
            valueName: "regex"))
    var patterns: [String] = []

    @Option(
        name: .customLong("iface-can-reach"),
        help: ArgumentHelp("An address that the interface's route leads to.", valueName: "address"))
    var reaching: IPAddress?

    @Option(
        name: .customLong("public-ip"),
        help: ArgumentHelp(
            "The IPv4 address of this node for the others, if not the interface's.", valueName: "address"))
    var publicIP: IPAddress?

    // A derived name would be public-i-pv6.
    @Option(
        name: .customLong("public-ipv6"),
        help: ArgumentHelp(
            "The IPv6 address of this node for the others, if not the interface's.", valueName: "address"))
    var publicIPv6: IPAddress?

    @Flag(inversion: .prefixedNo, help: "Masquerade what leaves the cluster.")
    var ipMasq = true

    @Flag(inversion: .prefixedNo, help: "Accept forwarded packets from and to the cluster's network.")
    var forwardRules = true

    @Flag(
        inversion: .prefixedNo,
        help:
            "Drop packets to addresses of the node's subnet that no container has, instead of routing them.")
    var ipBlackholeRoute = false

    @Flag(
        help:
            "Leave transmit checksums of the tunnel to the underlay interface, where drivers have sent wrong ones."
    )
    var checksumOffload = false

    @OptionGroup var files: FileOptions

    @Option(
        help: ArgumentHelp("The protocol number of our routes, for routing daemons.", valueName: "number"))
    var routeProtocol: UInt8 = AgentOptions.usualRouteProtocol

    @Option(help: ArgumentHelp("The period of full comparisons with the kernel.", valueName: "seconds"))
    var resync: UInt32 = 60

    @Option(
        help: ArgumentHelp(
            "How long the store may be silent before the node is not ready.", valueName: "seconds"))
    var contactLimit: UInt32 = 300

    func validate() throws {
        do throws(CNIError) {
            try choice.validate()
        } catch {
            throw ValidationError("--iface-regex: \(error.message)")
        }
        if publicIP.map({ $0.family != .v4 }) ?? false {
            throw ValidationError("--public-ip: not an IPv4 address")
        }
        if publicIPv6.map({ $0.family != .v6 }) ?? false {
            throw ValidationError("--public-ipv6: not an IPv6 address")
        }
        // RTPROT_STATIC and below are the kernel's and ip(8)'s.
        if routeProtocol <= 4 {
            throw ValidationError("--route-protocol: 5 to 255, below are the kernel's own")
        }
        if resync == 0 { throw ValidationError("--resync: at least 1") }
    }

    private var choice: InterfaceChoice {
        var choice = InterfaceChoice()
        choice.interfaces = interfaces
        choice.patterns = patterns
        choice.reaching = reaching
        return choice
    }

    /// The options as the agent takes them.
    var options: AgentOptions {
        var options = AgentOptions()
        options.interface = choice
        options.publicIPv4 = publicIP
        options.publicIPv6 = publicIPv6
        options.masquerades = ipMasq
        options.acceptsForwarding = forwardRules
        options.dropsUnusedAddresses = ipBlackholeRoute
        options.transmitChecksumOffload = checksumOffload
        options.recordFile = files.recordFile
        options.subnetFile = files.subnetFile
        options.routeProtocol = routeProtocol
        options.resync = .seconds(resync)
        options.contactLimit = .seconds(contactLimit)
        return options
    }
}

/// The files from which plugins read what the node is.
struct FileOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The file for the vxlan plugin and for the agent's next start.", valueName: "file")
    )
    var recordFile = AgentRecord.usualPath

    @Option(help: ArgumentHelp("The file for flannel's plugin.", valueName: "file"))
    var subnetFile = SubnetFile.usualPath
}

extension IPAddress: @retroactive ExpressibleByArgument {
    /// Reads an address of a command line.
    public init?(argument: String) { self.init(argument) }
}
