// SPDX-License-Identifier: Apache-2.0

import CNITypes
import Testing

@Suite("Identifiers")
struct IdentifierTests {
    static let valid = [
        "a", "Z", "0", "a1", "a-", "a.", "a_", "0-._z", "a--b", String(repeating: "x", count: 300),
    ]
    static let invalid = [
        "-a", ".a", "_a", ".", "..", "a b", " a", "a ", "a/b", "a:b", "a\n", "a\0", "é", "aé", "a\u{301}",
        "a~",
        "a+b", "a,b", "a@b", "a%", "١",
    ]

    @Test(arguments: valid)
    func `letters and digits, then also dots, hyphens and underscores, make an identifier`(text: String)
        throws
    {
        #expect(try ContainerID(text).rawValue == text)
        #expect(try ContainerID(text).description == text)
        #expect(try NetworkName(text).rawValue == text)
        #expect(try NetworkName(text).description == text)
    }

    @Test(arguments: invalid)
    func `anything else is no identifier`(text: String) {
        #expect(throws: CNIError(.invalidEnvironment, "invalid characters in containerID", details: text)) {
            try ContainerID(text)
        }
        #expect(
            throws: CNIError(.invalidConfiguration, "invalid characters found in network name", details: text)
        ) { try NetworkName(text) }
    }

    @Test func `an empty identifier is missing`() {
        #expect(throws: CNIError(.unknownContainer, "missing containerID")) { try ContainerID("") }
        #expect(throws: CNIError(.invalidConfiguration, "missing network name")) { try NetworkName("") }
    }

    @Test(arguments: [
        "a", "eth0", "fifteen-bytes-x", "a.b", "...", ".a", "é", "@", "-", "sevén-bytes-xx", "a%d",
    ])
    func `an interface name has up to 15 bytes of almost anything`(text: String) throws {
        #expect(try InterfaceName(text).rawValue == text)
        #expect(try InterfaceName(text).description == text)
    }

    @Test(arguments: [
        ("eth0", false), ("a.b", false), ("a%d", true), ("%", true), ("br%d", true), ("%%d", true),
    ])
    func `an interface name with a percent sign is a pattern for the kernel`(text: String, isPattern: Bool)
        throws
    {
        #expect(try InterfaceName(text).isPattern == isPattern)
    }

    @Test(arguments: [
        ("", "interface name is empty", nil),
        (
            "sixteen-bytes-xx", "interface name is too long",
            "interface name should be less than 16 characters"
        ),
        ("fifteen-bytes-é", "interface name is too long", "interface name should be less than 16 characters"),
        (".", "interface name is . or ..", nil), ("..", "interface name is . or ..", nil),
        ("a/b", "interface name contains / or : or whitespace characters", nil),
        ("a:b", "interface name contains / or : or whitespace characters", nil),
        ("a b", "interface name contains / or : or whitespace characters", nil),
        ("a\t", "interface name contains / or : or whitespace characters", nil),
        ("\na", "interface name contains / or : or whitespace characters", nil),
        ("a\r\n", "interface name contains / or : or whitespace characters", nil),
        ("a\u{a0}", "interface name contains / or : or whitespace characters", nil),
        ("a\u{2003}", "interface name contains / or : or whitespace characters", nil),
        ("a/\u{301}", "interface name contains / or : or whitespace characters", nil),
        ("a\0b", "interface name contains a zero byte", nil),
    ])
    func `an interface name that Linux refuses is an error`(text: String, message: String, details: String?) {
        #expect(throws: CNIError(.invalidEnvironment, message, details: details)) { try InterfaceName(text) }
    }
}

@Suite("Attachments")
struct AttachmentTests {
    private static func key(_ network: String, _ container: String, _ interface: String) throws -> String {
        try Attachment(
            network: NetworkName(network), containerID: ContainerID(container),
            interface: InterfaceName(interface)
        ).key
    }

    @Test func `the key joins the parts`() throws {
        #expect(try Self.key("dbnet", "a1b2", "eth0") == "dbnet/a1b2/eth0")
        let network = String(repeating: "n", count: 40)
        let container = String(repeating: "c", count: 64)
        #expect(try Self.key(network, container, "eth0") == "\(network)/\(container)/eth0")
    }

    @Test func `long parts are cut to the same text for ever`() throws {
        // These are in the kernels of running nodes: never change them.
        let network = String(repeating: "n", count: 81)
        let container = String(repeating: "c", count: 101)
        let key = try Self.key(network, container, "fifteen-bytes-x")
        let cutNetwork = "\(String(repeating: "n", count: 14))~7it7hdd59udtth5l41ytz2n81"
        let cutContainer = "\(String(repeating: "c", count: 38))~674omxcgdk9yn8fiox41pp1t2"
        #expect(key == "\(cutNetwork)/\(cutContainer)/fifteen-bytes-x")
    }

    @Test func `a key has at most 121 bytes, and no two attachments have the same`() throws {
        var keys: Set<String> = []
        var count = 0
        for length in [1, 39, 40, 41, 63, 64, 65, 200, 5000] {
            for end in ["a", "b"] {
                let network = String(repeating: "x", count: length) + end
                for container in ["c", String(repeating: "x", count: length) + end] {
                    let key = try Self.key(network, container, "fifteen-bytes-x")
                    #expect(key.utf8.count <= 121)
                    #expect(try key.hasPrefix(NetworkName(network).keyPrefix))
                    keys.insert(key)
                    count += 1
                }
            }
        }
        #expect(keys.count == count)
    }

    @Test func `a network's prefix is no other network's`() throws {
        let names = ["a", "ab", "a.b", String(repeating: "a", count: 81), String(repeating: "a", count: 82)]
        for name in names {
            let key = try Self.key(name, "c", "eth0")
            #expect(try names.filter { try key.hasPrefix(NetworkName($0).keyPrefix) } == [name])
        }
    }

    @Test func `a reference has the key of its attachment, and bounds for what is none`() throws {
        let network = try NetworkName("net")
        let long = String(repeating: "c", count: 150)
        for container in ["abc", long] {
            let reference = AttachmentReference(containerID: container, ifname: "eth0")
            #expect(try reference.key(in: network) == Self.key("net", container, "eth0"))
        }
        let odd = AttachmentReference(
            containerID: String(repeating: "é/", count: 500), ifname: String(repeating: "😀", count: 50))
        #expect(odd.key(in: network).utf8.count <= 121)
    }
}
