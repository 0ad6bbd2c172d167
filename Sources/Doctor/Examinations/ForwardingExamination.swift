// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import CNITypes
internal import LinuxCore
internal import Netlink

/// Whether the host forwards packets of containers whose gateway it is.
struct ForwardingExamination: Examination {
    let family: IPAddress.Family

    var id: String { family == .v4 ? "forwarding-ipv4" : "forwarding-ipv6" }
    var healthy: String { "\(name) is forwarded where the host is containers' gateway" }

    private var name: String { family == .v4 ? "IPv4" : "IPv6" }
    private var setting: String { family == .v4 ? "net/ipv4/ip_forward" : "net/ipv6/conf/all/forwarding" }

    func findings(in survey: Survey) throws(Obstacle) -> [Finding] {
        guard try survey.number(setting) == 0 else { return [] }
        // Without a gateway nothing has to be forwarded; the bridge plugin switches it on with the first one.
        var gateways: [String] = []
        for link in try survey.gatewaysInUse()
        where try survey.networks(on: link).contains(where: { $0.family == family }) {
            gateways.append(link.name)
        }
        if gateways.isEmpty { return [] }
        let path = survey.settingPath(setting)
        var explanation =
            "\(gateways.summary) has containers' gateway, and the host drops what they send elsewhere."
        let listens = family == .v6 ? try Self.listensToRouters(survey) : false
        if listens {
            explanation +=
                " The host has routes from router advertisements, which it takes while it forwards only "
                + "where accept_ra is 2: set that on those links first."
        }
        return [
            Finding(
                id, .problem, "\(name) forwarding is off", explanation, remedy: "sysctl -w \(setting)=1",
                repair: listens ? nil : Self.repair(path))
        ]
    }

    private static func repair(_ path: String) -> @Sendable () throws(CNIError) -> Void {
        { () throws(CNIError) in
            try CNIError.wrapping { () throws(SystemError) in try File.write("1", into: path) }
        }
    }

    /// Whether there are routes of a router advertisement.
    private static func listensToRouters(_ survey: Survey) throws(Obstacle) -> Bool {
        try survey.routes().contains {
            $0.route.destination.family == .v6 && $0.route.protocol == RoutingProtocol.routerAdvertisement
        }
    }
}
