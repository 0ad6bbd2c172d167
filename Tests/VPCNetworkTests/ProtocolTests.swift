// SPDX-License-Identifier: Apache-2.0

import CNITypes
import Testing

@testable import VPCNetwork

struct ProtocolTests {
    static let network = try? NetworkName("vpc")

    private func attachment() throws -> CNITypes.Attachment {
        CNITypes.Attachment(
            network: try NetworkName("vpc"), containerID: try ContainerID("c1"),
            interface: try InterfaceName("eth0"))
    }

    private func addition() throws -> AgentRequest.Addition {
        AgentRequest.Addition(
            attachment: try attachment(), namespacePath: "/run/netns/c1",
            pod: PodReference(namespace: "default", name: "web-0", uid: "u1"), mode: .branch,
            branch: BranchENI(
                id: "eni-1", mac: try #require(MACAddress("02:00:00:00:00:07")), vlan: 7,
                addresses: [try #require(IPPrefix("10.0.7.9/24"))]),
            deadline: 30_000)
    }

    private func eni() throws -> NodeENI {
        NodeENI(
            mac: try #require(MACAddress("02:00:00:00:00:02")), link: "ens6", deviceIndex: 1,
            isPrimary: false,
            v4: NodeENI.Part(
                primaryAddress: try #require(IPAddress("10.0.1.4")),
                subnet: try #require(IPPrefix("10.0.1.0/24")), gateway: try #require(IPAddress("10.0.1.1"))),
            v6: NodeENI.Part(
                primaryAddress: try #require(IPAddress("fd10::4")),
                subnet: try #require(IPPrefix("fd10::/64")), gateway: try #require(IPAddress("fe80::1"))))
    }

    private func pod(_ mode: AttachmentMode = .shared) throws -> PodAttachment {
        let (v4, v6) = (try #require(IPAddress("10.0.1.17")), try #require(IPAddress("fd10::17")))
        return PodAttachment(
            mode: mode, mtu: 9001,
            addresses: [try #require(try eni().podAddress(v4)), try #require(try eni().podAddress(v6))],
            branch: mode == .branch
                ? BranchLink(vlan: 7, mac: try #require(MACAddress("02:00:00:00:00:07")), isStrict: true)
                : nil)
    }

    @Test func `requests of every verb come back as they were written`() throws {
        let attachment = try attachment()
        let verbs: [AgentRequest.Verb] = [
            .add(try addition()), .plan(try addition()), .check(attachment), .delete(attachment),
            .collect([AttachmentReference(containerID: "c1", ifname: "eth0")]), .collect([]), .status,
        ]
        for verb in verbs {
            let request = AgentRequest(verb, of: try NetworkName("vpc"))
            let line = request.line
            #expect(line.last == 10 && !line.dropLast().contains(10))
            #expect(try AgentRequest(parsing: line) == request)
        }
    }

    @Test func `answers come back as they were written`() throws {
        let contents: [AgentAnswer.Content] = [
            .attachment(try pod()), .attachment(try pod(.exclusive)), .attachment(try pod(.branch)), .done,
            .failure(CNIError(.tryAgainLater, "no address is free", details: "subnet-1 has none")),
        ]
        for content in contents {
            let answer = AgentAnswer(content)
            #expect(try AgentAnswer(parsing: answer.line) == answer)
        }
    }

    /// What one end says and the other one makes of it: each speaks its version.
    @Test(arguments: [(1, 1, 1), (2, 1, 1), (1, 2, 1), (2, 2, 2), (3, 2, 2), (2, 3, 2)])
    func `ends that are a version apart understand each other`(plugin: Int, agent: Int, common: Int) throws {
        var request = AgentRequest(.status, of: try NetworkName("vpc"))
        request.version = plugin
        // A newer end writes keys that the older one does not know.
        let line = try JSON(parsing: request.line).with("future", [1, 2])
        let read = try AgentRequest(parsing: Array(line.serialized().utf8), own: agent)
        #expect(read.version == common)
        let answer = try JSON(parsing: AgentAnswer(.done, version: read.version).line).with("future", "x")
        #expect(try AgentAnswer(parsing: Array(answer.serialized().utf8), own: plugin).content == .done)
    }

    @Test(arguments: [(3, 1), (1, 3), (0, 1), (-4, 1)])
    func `ends that are further apart say so`(plugin: Int, agent: Int) throws {
        var request = AgentRequest(.status, of: try NetworkName("vpc"))
        request.version = plugin
        let line = request.line
        let error = #expect(throws: CNIError.self) { try AgentRequest(parsing: line, own: agent) }
        #expect(error?.code == .incompatibleVersion)
        #expect(error?.message.contains("\(plugin)") == true)
    }

    @Test(arguments: [
        ("containerID", JSON.null), ("containerID", "../x"), ("interface", "a/b"), ("interface", 7),
        ("network", ""), ("verb", "destroy"), ("verb", .null), ("mode", "fast"), ("namespace", ""),
        ("version", .null), ("version", "1"), ("deadlineMilliseconds", -1),
        ("branch", JSON.object(["id": "x"])),
        ("branch", .null), ("pod", JSON.object(["name": "x"])),
    ])
    func `what makes no sense in a request is refused with its place`(key: String, value: JSON) throws {
        let line = try JSON(parsing: AgentRequest(.add(try addition()), of: NetworkName("vpc")).line)
        let wrong = Array(line.with(key, value).serialized().utf8)
        let error = #expect(throws: CNIError.self) { try AgentRequest(parsing: wrong) }
        #expect(error?.message.contains(key) == true, "\(error.map { "\($0)" } ?? "")")
    }

    @Test(arguments: [
        ("attachment.mtu", JSON.null), ("attachment.mtu", 100), ("attachment.mtu", 100_000),
        ("attachment.addresses", JSON.array([])), ("attachment.addresses", .null),
        ("attachment.mode", "none"),
        ("attachment.addresses[0].address", "10.0.9.17"), ("attachment.addresses[0].address", "fd10::18"),
        ("attachment.addresses[0].eni.table", 255), ("attachment.addresses[0].eni.table", 0),
        ("attachment.addresses[0].eni.gateway", "fe80::1"), ("attachment.addresses[0].eni.link", "e%d"),
        ("attachment.addresses[0].eni.link", "far/too"), ("attachment.addresses[0].eni.mac", "x"),
        ("attachment.branch", .null), ("attachment.branch.vlan", 4095),
        ("attachment.mtu", 1_000_000_000), ("attachment.mtu", -1), ("attachment.mtu", 1.5),
        ("attachment.addresses[0].eni.table", 254), ("attachment.addresses[0].eni.table", -2),
        ("attachment.addresses[0].eni.isPrimary", true), ("attachment.addresses[0].eni.isPrimary", "yes"),
        ("attachment.addresses[0].eni.mac", "01:00:5e:00:00:01"),
        ("attachment.addresses[0].eni.link", ""), ("attachment.addresses[0].eni.link", "longerthan15bytes"),
        ("attachment.addresses[0].eni.link", "."), ("attachment.addresses[0].eni.link", "eth9"),
        ("attachment.addresses[0].eni.subnet", "10.0.1.0/33"),
        ("attachment.addresses[0].eni.primaryAddress", "fd10::1"),
        ("attachment.branch.mac", "02:00"), ("attachment.branch.vlan", 0),
    ])
    func `what makes no sense in an answer is refused with its place`(place: String, value: JSON) throws {
        let line = try JSON(parsing: AgentAnswer(.attachment(try pod(.branch))).line)
        let wrong = line.replacing(JSONPath(stringLiteral: place), value)
        let error = #expect(throws: CNIError.self) {
            try AgentAnswer(parsing: Array(wrong.serialized().utf8))
        }
        #expect(error?.code == .decodingFailure)
        let last = place.split(separator: ".").last.map(String.init) ?? ""
        #expect(error?.message.contains(last) == true, "\(error.map { "\($0)" } ?? "")")
    }

    @Test func `a message cut anywhere is refused`() throws {
        for line in [
            AgentRequest(.add(try addition()), of: try NetworkName("vpc")).line,
            AgentAnswer(.attachment(try pod(.branch))).line,
        ] {
            for count in 0..<(line.count - 2) {
                let part = Array(line.prefix(count))
                #expect(throws: CNIError.self) { try AgentRequest(parsing: part) }
                #expect(throws: CNIError.self) { try AgentAnswer(parsing: part) }
            }
        }
    }

    @Test func `a branch is read from the controller's annotation`() throws {
        let text = """
            [{"eniId":"eni-1","ifAddress":"02:00:00:00:00:07","privateIp":"10.0.7.9","ipv6Addr":"",
              "vlanID":7,"subnetCidr":"10.0.7.0/24","subnetV6Cidr":"","associationID":"trunk-assoc-1"}]
            """
        let branch = try #require(try BranchENI.list(annotation: text).first)
        #expect(try branch == #require(try addition().branch))
        for wrong in ["[{}]", "{}", "x", "[1]", text.replacing("\"vlanID\":7", with: "\"vlanID\":0")] {
            let error = #expect(throws: CNIError.self) { try BranchENI.list(annotation: wrong) }
            #expect(error?.message.contains(BranchENI.annotation) == true)
        }
        #expect(try BranchENI.list(annotation: "[]").isEmpty)
    }
}

extension JSON {
    /// This object with another member; null removes it.
    fileprivate func with(_ key: String, _ value: JSON) -> JSON {
        var json = self
        json[key] = value.isNull ? nil : value
        return json
    }

    fileprivate func replacing(_ path: JSONPath, _ value: JSON) -> JSON {
        guard let step = path.steps.first else { return value }
        let rest = path.steps.dropFirst().reduce(JSONPath()) { path, step in
            switch step {
            case .member(let key): path.member(key)
            case .element(let index): path.element(index)
            }
        }
        switch step {
        case .member(let key): return with(key, (self[key] ?? .null).replacing(rest, value))
        case .element(let index):
            var elements = array ?? []
            elements[index] = elements[index].replacing(rest, value)
            return .array(elements)
        }
    }
}
