// SPDX-License-Identifier: Apache-2.0

import CNITypes
import Testing

@Suite("Decoding Swift types from JSON")
struct JSONDecodingTests {
    struct Everything: Decodable, Equatable {
        struct Inner: Decodable, Equatable { var subnet: IPPrefix }
        enum Mode: String, Decodable { case l2, l3 }

        var bool: Bool
        var text: String
        var double: Double
        var float: Float
        var i8: Int8
        var i16: Int16
        var i32: Int32
        var i64: Int64
        var int: Int
        var u8: UInt8
        var u16: UInt16
        var u32: UInt32
        var u64: UInt64
        var uint: UInt
        var ranges: [[Inner]]
        var table: [String: Int]
        var mode: Mode
        var json: JSON
        var address: IPAddress
        var mac: MACAddress
        var name: InterfaceName
        var version: SpecVersion
        var optional: String?
        var pair: [Int?]
    }

    static let everything: JSON = [
        "bool": true, "text": "x", "double": 1.5, "float": 2, "i8": -128, "i16": -32768,
        "i32": -2_147_483_648,
        "i64": .integer(.min), "int": .integer(.max), "u8": 255, "u16": 65535, "u32": 4_294_967_295,
        "u64": .unsigned(.max), "uint": 0, "ranges": [[["subnet": "10.0.0.0/24"]], []],
        "table": ["a": 1, "b": 2],
        "mode": "l3", "json": ["any": [.null]], "address": "fd00::1", "mac": "02:00:00:00:00:01",
        "name": "eth0",
        "version": "1.0", "optional": .null, "pair": [1, .null],
    ]

    @Test func `every kind of value is decoded`() throws {
        let found: Everything = try Self.everything.decode()
        let subnet = try #require(IPPrefix("10.0.0.0/24"))
        let expected = Everything(
            bool: true, text: "x", double: 1.5, float: 2, i8: .min, i16: .min, i32: .min, i64: .min,
            int: .max,
            u8: .max, u16: .max, u32: .max, u64: .max, uint: 0, ranges: [[.init(subnet: subnet)], []],
            table: ["a": 1, "b": 2], mode: .l3, json: ["any": [.null]],
            address: try #require(IPAddress("fd00::1")), mac: MACAddress(bits: 0x0200_0000_0001),
            name: try InterfaceName("eth0"), version: .v1_0_0, optional: nil, pair: [1, nil])
        #expect(found == expected)
    }

    @Test(
        arguments: [
            ("bool", "true", "bool: expected true or false, found a string"),
            ("text", 5, "text: expected a string, found a number"),
            ("text", .null, "text: expected a string, found null"),
            ("double", "1", "double: expected a number, found a string"),
            ("i8", 128, "i8: expected an integer from -128 to 127, found 128"),
            ("u8", -1, "u8: expected an integer from 0 to 255, found -1"),
            ("u16", 1.5, "u16: expected an integer from 0 to 65535, found 1.5"),
            (
                "i64", .unsigned(1 << 63),
                "i64: expected an integer from -9223372036854775808 to 9223372036854775807, found 9223372036854775808"
            ),
            ("u64", -1, "u64: expected an integer from 0 to 18446744073709551615, found -1"),
            ("int", [], "int: expected an integer, found a list"),
            ("ranges", [:], "ranges: expected a list, found an object"),
            (
                "ranges", [[], [["subnet": "10.0.0.0/8"], ["subnet": "10.0.0.0/33"]]],
                "ranges[1][1].subnet: \"10.0.0.0/33\" is not an address with a prefix length"
            ),
            ("ranges", [[["net": 1]]], "ranges[0][0].subnet: missing"),
            ("ranges", [["x"]], "ranges[0][0]: expected an object, found a string"),
            ("ranges", [.null], "ranges[0]: expected a list, found null"),
            ("table", ["a": 1, "b": true], "table.b: expected an integer, found a boolean"),
            ("address", "10.0.0.1/8", "address: \"10.0.0.1/8\" is not an IP address"),
            ("mac", "02", "mac: \"02\" is not a MAC address"),
            ("name", "a/b", "name: interface name contains / or : or whitespace characters"),
            ("version", "x", "version: \"x\" is not a version"),
            ("optional", 1, "optional: expected a string, found a number"),
            ("pair", [1, "x"], "pair[1]: expected an integer, found a string"),
        ] as [(String, JSON, String)])
    func `an error tells the place and what is wrong there`(key: String, value: JSON, message: String) {
        var document = Self.everything
        document[key] = value
        let error = #expect(throws: CNIError.self) { try document.decode(Everything.self) }
        #expect(error == CNIError(.invalidConfiguration, message))
        let nested = #expect(throws: CNIError.self) { try document.decode(Everything.self, at: "a.b") }
        #expect(nested?.message == "a.b." + message)
    }

    @Test func `an unknown word of an enumeration names the place`() {
        var document = Self.everything
        document["mode"] = "l4"
        let error = #expect(throws: CNIError.self) { try document.decode(Everything.self) }
        #expect(error?.message.hasPrefix("mode: ") == true)
    }

    @Test func `a missing key is named`() {
        var document = Self.everything
        document["json"] = nil
        let error = #expect(throws: CNIError.self) { try document.decode(Everything.self) }
        #expect(error?.message == "json: missing")
        #expect(throws: CNIError(.invalidConfiguration, "expected an object, found a list")) {
            try JSON.array([]).decode(Everything.self)
        }
    }

    @Test func `keys match in any letter case, the exact one first`() throws {
        struct Keys: Decodable { var dataDir: String }
        #expect(try (["DATADIR": "a"] as JSON).decode(Keys.self).dataDir == "a")
        #expect(try (["DATADIR": "a", "dataDir": "b"] as JSON).decode(Keys.self).dataDir == "b")
    }

    @Test func `routes are decoded within a plugin's own types, with the place of what is wrong`() throws {
        struct Configuration: Decodable { var routes: [CNIResult.Route]?; var dns: DNS? }
        let good: JSON = [
            "routes": [["dst": "0.0.0.0/0", "gw": "10.0.0.1", "table": 100]], "dns": ["domain": "x"],
        ]
        let found = try good.decode(Configuration.self)
        #expect(found.routes?.first?.table == 100)
        #expect(found.dns?.domain == "x")
        let bad: JSON = ["routes": [["dst": "0.0.0.0/0"], ["dst": "default"]]]
        #expect(
            throws: CNIError(
                .invalidConfiguration,
                #"ipam.routes[1].dst: "default" is not an address with a prefix length"#)
        ) { try bad.decode(Configuration.self, at: "ipam") }
    }

    @Test func `containers by hand see keys, counts, nulls and nesting`() throws {
        struct ByHand: Decodable {
            enum Key: String, CodingKey { case list, object, none, superclass = "super" }
            init(from decoder: any Decoder) throws {
                let members = try decoder.container(keyedBy: Key.self)
                #expect(Set(members.allKeys) == [.list, .object, .none, .superclass])
                #expect(try members.decodeNil(forKey: .none))
                #expect(try !members.decodeNil(forKey: .list))
                var list = try members.nestedUnkeyedContainer(forKey: .list)
                #expect(list.count == 4)
                #expect(try list.decode(Int.self) == 1)
                // A failed attempt does not move on.
                #expect(throws: DecodingError.self) { try list.decode(Bool.self) }
                #expect(try list.decode(String.self) == "x")
                #expect(try list.decodeNil())
                var inner = try list.nestedUnkeyedContainer()
                #expect(inner.isAtEnd && list.isAtEnd)
                #expect(throws: DecodingError.self) { try inner.decode(Int.self) }
                let object = try members.nestedContainer(keyedBy: Key.self, forKey: .object)
                #expect(try object.decode(Int.self, forKey: .list) == 2)
                #expect(object.codingPath.map(\.stringValue) == ["object"])
                #expect(try members.superDecoder().singleValueContainer().decode(Int.self) == 3)
                #expect(
                    try members.superDecoder(forKey: .superclass).singleValueContainer().decode(Int.self) == 3
                )
            }
        }
        let value: JSON = ["list": [1, "x", .null, []], "object": ["list": 2], "none": .null, "super": 3]
        _ = try value.decode(ByHand.self)
    }

    @Test func `a type's own error comes out with its text and place`() {
        struct Odd: Decodable {
            init(from decoder: any Decoder) throws {
                throw DecodingError.dataCorrupted(
                    .init(codingPath: decoder.codingPath, debugDescription: "odd"))
            }
        }
        struct Outer: Decodable { var list: [Odd] }
        #expect(throws: CNIError(.invalidConfiguration, "list[0]: odd")) {
            try (["list": [1]] as JSON).decode(Outer.self)
        }
    }
}
