// SPDX-License-Identifier: Apache-2.0

import CNITypes
import Testing

@testable import IPAM

@Suite("host-local: the configuration")
struct ConfigurationTests {
    let world: World

    init() throws { world = try World() }

    private func sets(_ plugin: HostLocal) throws -> [String] {
        try plugin.configuration().sets.map(\.description)
    }

    @Test func `bounds and gateway have the reference's defaults`() throws {
        let ipam: JSON = [
            "ranges": [
                [["subnet": "10.1.2.0/24"], ["subnet": "10.9.0.0/30"]],
                [["subnet": "fd00::/126"]],
                [
                    [
                        "subnet": "10.2.0.0/16", "rangeStart": "10.2.3.0", "rangeEnd": "10.2.3.255",
                        "gateway": "",
                    ]
                ],
            ]
        ]
        let plugin = try world.plugin(ipam)
        #expect(
            try sets(plugin) == [
                "10.1.2.1-10.1.2.254,10.9.0.1-10.9.0.2", "fd00::1-fd00::3", "10.2.3.0-10.2.3.255",
            ])
        let gateways = try plugin.configuration().sets.flatMap(\.ranges).map { "\($0.gateway)" }
        #expect(gateways == ["10.1.2.1", "10.9.0.1", "fd00::1", "10.2.0.1"])
    }

    @Test func `runtime ranges come first, then the old form, then the list`() throws {
        let plugin = try world.plugin(
            [
                "subnet": "10.2.0.0/24", "rangeStart": "10.2.0.10", "rangeEnd": "10.2.0.20",
                "gateway": "10.2.0.9", "ranges": [[["subnet": "10.3.0.0/24"]]],
            ], runtimeConfig: ["ipRanges": [[["subnet": "10.1.0.0/24"]], [["subnet": "fd00::/120"]]]])
        #expect(
            try sets(plugin) == [
                "10.1.0.1-10.1.0.254", "fd00::1-fd00::ff", "10.2.0.10-10.2.0.20", "10.3.0.1-10.3.0.254",
            ])
    }

    @Test func `keys match in any letter case, and null is absent`() throws {
        let plugin = try world.plugin([
            "SUBNET": "10.2.0.0/24", "RangeStart": "10.2.0.10", "rangeEnd": .null, "ranges": .null,
            "routes": .null,
            "resolvConf": .null, "unknown": 1,
        ])
        #expect(try sets(plugin) == ["10.2.0.10-10.2.0.254"])
    }

    @Test(
        arguments: [
            ([:], "no IP ranges specified: ipam.ranges"),
            (["ranges": []], "no IP ranges specified: ipam.ranges"),
            (["ranges": [[]]], "ipam.ranges[0]: empty range set"),
            (["ranges": [[[:]]]], "ipam.ranges[0][0].subnet: missing"),
            (
                ["ranges": [[["subnet": "10.0.0.0/8"]], [["subnet": 7]]]],
                "ipam.ranges[1][0].subnet: expected a string, found a number"
            ),
            (
                [
                    "ranges": [
                        [["subnet": "fd00::/64"]], [["subnet": "10.0.0.0/24"], ["subnet": "10.0.1.0/33"]],
                    ]
                ],
                "ipam.ranges[1][1].subnet: \"10.0.1.0/33\" is not a network"
            ),
            (["subnet": "10.1.2.3"], "ipam.subnet: \"10.1.2.3\" is not a network"),
            (["subnet": "::ffff:10.0.0.0/120"], "ipam.subnet: \"::ffff:10.0.0.0/120\" is not a network"),
            (
                ["subnet": "10.1.2.3/24"],
                "ipam.subnet: 10.1.2.3/24 has host bits set; the network is 10.1.2.0/24"
            ),
            (["subnet": "10.1.2.0/31"], "Network 10.1.2.0/31 too small to allocate from: ipam.subnet"),
            (["subnet": "fd00::/127"], "Network fd00::/127 too small to allocate from: ipam.subnet"),
            (
                ["subnet": "10.1.2.0/24", "gateway": "10.1.3.1"],
                "ipam.gateway: 10.1.3.1 not in network 10.1.2.0/24"
            ),
            (["subnet": "10.1.2.0/24", "gateway": "x"], "ipam.gateway: \"x\" is not an IP address"),
            (
                ["subnet": "10.1.2.0/24", "rangeStart": "10.1.1.255"],
                "ipam.rangeStart: 10.1.1.255 not in network 10.1.2.0/24"
            ),
            (
                ["subnet": "10.1.2.0/24", "rangeEnd": "fd00::1"],
                "ipam.rangeEnd: fd00::1 not in network 10.1.2.0/24"
            ),
            (
                ["subnet": "10.1.2.0/24", "rangeStart": "10.1.2.9", "rangeEnd": "10.1.2.8"],
                "ipam.rangeEnd: the range ends with 10.1.2.8, before its start 10.1.2.9"
            ),
            (
                ["subnet": "10.1.2.0/24", "rangeStart": "10.1.2.255"],
                "ipam.rangeStart: the range ends with 10.1.2.254, before its start 10.1.2.255"
            ),
            (
                ["ranges": [[["subnet": "10.1.2.0/24"], ["subnet": "fd00::/64"]]]],
                "ipam.ranges[0][1]: mixed address families"
            ),
            (
                ["ranges": [[["subnet": "10.1.0.0/16"], ["subnet": "10.1.2.0/24"]]]],
                "ipam.ranges[0][1]: 10.1.2.1-10.1.2.254 overlaps with 10.1.0.1-10.1.255.254 of [0]"
            ),
            (
                ["subnet": "10.1.2.0/24", "ranges": [[["subnet": "10.1.0.0/16"]]]],
                "range set 0 overlaps with 1: ipam.ranges"
            ),
            (
                ["subnet": "10.1.2.0/24", "routes": [["dst": "10.0.0.0"]]],
                "ipam.routes[0].dst: \"10.0.0.0\" is not an address with a prefix length"
            ),
            (
                ["subnet": "10.1.2.0/24", "resolvConf": 1],
                "ipam.resolvConf: expected a string, found a number"
            ),
        ] as [(JSON, String)])
    func `what is wrong is refused with its place, before anything is touched`(
        ipam: JSON, message: String
    ) throws {
        let plugin = try world.plugin(ipam)
        let attachment = try attachment("a")
        func complaint(_ body: () throws(CNIError) -> Void) -> String {
            do throws(CNIError) { try body() } catch {
                return error.code == .invalidConfiguration ? error.description : "\(error.code): \(error)"
            }
            return "nothing"
        }
        #expect(complaint { () throws(CNIError) in try plugin.validate() } == message)
        #expect(complaint { () throws(CNIError) in _ = try plugin.add(attachment) } == message)
        #expect(complaint { () throws(CNIError) in try plugin.check(attachment, previous: nil) } == message)
        #expect(complaint { () throws(CNIError) in try plugin.status() } == message)
        #expect(world.leases().isEmpty && world.strays().isEmpty)
    }

    @Test(arguments: [7, true, "a\u{0}b", []] as [JSON])
    func `a dataDir that is no path is refused at once`(dataDir: JSON) {
        let error = #expect(throws: CNIError.self) { try world.plugin(["dataDir": dataDir]) }
        #expect(error?.message == "ipam.dataDir: expected the path of a folder")
    }

    @Test(arguments: [nil, "", .null] as [JSON?])
    func `the default of dataDir is the reference's`(dataDir: JSON?) throws {
        var document: JSON = ["name": "net", "ipam": ["subnet": "10.0.0.0/24"]]
        document["ipam"]?["dataDir"] = dataDir
        let plugin = try HostLocal(
            configuration: NetworkConfiguration(json: document), arguments: CNIArguments(parsing: ""))
        #expect(plugin.leases.path == "/var/lib/cni/networks/net")
    }

    @Test func `ipam may be missing for DEL alone`() throws {
        let document: JSON = ["name": "no-such-network-of-this-test"]
        let plugin = try HostLocal(
            configuration: NetworkConfiguration(json: document), arguments: CNIArguments(parsing: ""))
        #expect(throws: CNIError(.invalidConfiguration, "IPAM config missing 'ipam' key")) {
            try plugin.add(attachment("a"))
        }
        try plugin.delete(attachment("a"))
    }

    @Test(arguments: ["0.1.0", "0.2.0", ""])
    func `an old version's result holds one address of a family`(version: String) throws {
        let two: JSON = ["ranges": [[["subnet": "10.1.0.0/24"]], [["subnet": "10.2.0.0/24"]]]]
        let error = #expect(throws: CNIError.self) {
            try world.plugin(two, version: version).validate()
        }
        #expect(error?.message.hasSuffix("does not support more than 1 address per family") == true)
        try world.plugin(two, version: "0.3.0").validate()
        try world.plugin(
            ["ranges": [[["subnet": "10.1.0.0/24"]], [["subnet": "fd00::/64"]]]], version: version
        )
        .validate()
    }

    @Test(arguments: [
        "IgnoreUnknown=1;K8S_POD_NAMESPACE=x;Other=1", "MAC=02:00:00:00:00:01",
        "K8S_POD_UID=1;GATEWAY=10.0.0.1",
        "IP=",
    ])
    func `arguments for others are no error`(args: String) throws {
        #expect(try world.plugin(args: args).addresses("a") == ["10.1.2.2"])
    }

    @Test func `unknown arguments are an error unless they are to be ignored`() throws {
        let plugin = try world.plugin(args: "ip=10.1.2.4")
        #expect(throws: CNIError(.invalidEnvironment, "ARGS: unknown args [\"ip=10.1.2.4\"]")) {
            try plugin.add(attachment("a"))
        }
    }

    @Test func `requested addresses from the three sources add up`() throws {
        let plugin = try world.plugin(
            [
                "ranges": [
                    [["subnet": "10.1.2.0/24"]], [["subnet": "10.2.0.0/24"]], [["subnet": "fd00::/64"]],
                ]
            ],
            args: "IP=10.1.2.77/8", runtimeConfig: ["ips": ["fd00::99/64", "fd00:0::99"]],
            cniArgs: ["ips": ["::ffff:10.2.0.5"]])
        #expect(try plugin.addresses("a") == ["10.1.2.77", "10.2.0.5", "fd00::99"])
    }

    @Test(arguments: [
        ("10.1.2.1", "failed to allocate for range 0: requested ip 10.1.2.1 is subnet's gateway"),
        (
            "10.1.2.5",
            "failed to allocate for range 0: requested IP address 10.1.2.5 is not available in "
                + "range set 10.1.2.1-10.1.2.6"
        ),
        ("10.9.0.1", "failed to allocate all requested IPs: 10.9.0.1"),
        ("10.1.2.3,10.1.2.4", "failed to allocate all requested IPs: 10.1.2.4"),
    ])
    func `a request that cannot be met is refused and takes nothing`(ips: String, message: String) throws {
        try world.write("10.1.2.5", "b\r\neth0")
        let list = JSON(ips.split(separator: ",").map(String.init))
        let plugin = try world.plugin(runtimeConfig: ["ips": list])
        #expect(throws: CNIError(.addressNotAvailable, message)) { try plugin.add(attachment("a")) }
        #expect(world.leases() == ["10.1.2.5": "b\r\neth0"])
    }

    @Test(
        arguments: [
            (
                "IP=10.1", nil, nil, CNIError.Code.invalidEnvironment,
                "CNI_ARGS: IP: \"10.1\" is not an IP address"
            ),
            (
                "", ["10.1.2.3", "x"], nil, .invalidConfiguration,
                "args.cni.ips[1]: \"x\" is not an IP address"
            ),
            ("", nil, [""], .invalidConfiguration, "runtimeConfig.ips[0]: \"\" is not an IP address"),
            ("", nil, 5, .invalidConfiguration, "runtimeConfig.ips: expected a list, found a number"),
        ] as [(String, JSON?, JSON?, CNIError.Code, String)])
    func `a request that is no address is refused with its place`(
        args: String, cni: JSON?, runtime: JSON?, code: CNIError.Code, message: String
    ) throws {
        let plugin = try world.plugin(
            args: args, runtimeConfig: runtime.map { ["ips": $0] }, cniArgs: cni.map { ["ips": $0] })
        #expect(throws: CNIError(code, message)) { try plugin.validate() }
    }

    @Test func `another range's gateway is not given out either`() throws {
        let ipam: JSON = [
            "ranges": [
                [["subnet": "10.1.2.0/24", "rangeStart": "10.1.2.10", "rangeEnd": "10.1.2.12"]],
                [
                    [
                        "subnet": "10.1.2.0/24", "rangeStart": "10.1.2.20", "rangeEnd": "10.1.2.22",
                        "gateway": "10.1.2.10",
                    ]
                ],
            ]
        ]
        #expect(try world.plugin(ipam).addresses("a") == ["10.1.2.11", "10.1.2.20"])
        #expect(throws: CNIError.self) { try world.plugin(ipam, args: "IP=10.1.2.10").addresses("b") }
    }

    @Test func `reserved addresses are refused on request`() throws {
        let ipam: JSON = ["subnet": "10.1.2.0/29", "rangeStart": "10.1.2.0", "rangeEnd": "10.1.2.7"]
        for address in ["10.1.2.0", "10.1.2.7"] {
            let plugin = try world.plugin(ipam, args: "IP=\(address)")
            let error = #expect(throws: CNIError.self) { try plugin.add(attachment("a")) }
            #expect(error?.message == "failed to allocate for range 0: requested ip \(address) is reserved")
        }
    }
}
