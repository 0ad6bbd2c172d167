// SPDX-License-Identifier: Apache-2.0

import CNITypes
import Testing

@Suite("JSON paths")
struct JSONPathTests {
    @Test func `a path is written and read as people write it`() {
        let path = JSONPath().member("ipam").member("ranges").element(0).element(12).member("subnet")
        #expect(path.description == "ipam.ranges[0][12].subnet")
        #expect("ipam.ranges[0][12].subnet" as JSONPath == path)
        #expect(JSONPath().description == "" && JSONPath().isDocument && "" as JSONPath == JSONPath())
        #expect(JSONPath(path.steps) == path)
        #expect(path.parent?.parent?.description == "ipam.ranges[0]")
        #expect(JSONPath().parent == nil)
        #expect(
            ("plugins[1]" as JSONPath).appending(path).description == "plugins[1].ipam.ranges[0][12].subnet")
    }

    @Test func `an error carries its place, and says it once`() throws {
        let document: JSON = ["ipam": ["ranges": [["subnet": 7]]]]
        struct Configuration: Decodable {
            struct IPAM: Decodable { let ranges: [Range] }
            struct Range: Decodable { let subnet: String }
            let ipam: IPAM
        }
        let error = #expect(throws: CNIError.self) { try document.decode(Configuration.self) }
        #expect(error?.place == "ipam.ranges[0].subnet")
        #expect(error?.reason == "expected a string, found a number")
        #expect(error?.message == "ipam.ranges[0].subnet: expected a string, found a number")
        let name = #expect(throws: CNIError.self) {
            try NetworkConfiguration(json: ["cniVersion": "1.1.0", "name": 5, "type": "x"])
        }
        #expect(name?.place == "name")
        #expect(name?.message == "error unmarshall network config: name: expected a string, found a number")
    }

    @Test func `what was attempted is said once, and a document in another has its place there`() {
        let error = CNIError(.invalidConfiguration, at: "mtu", "is negative").during("a.conf").during(
            "a.conf")
        #expect(error.message == "a.conf: mtu: is negative")
        #expect(error.during("reading").message == "reading: a.conf: mtu: is negative")
        #expect(error.within("plugins[2]").place == "plugins[2].mtu")
        #expect(CNIError(.ioFailure, "open /x: denied").during("open /x").message == "open /x: denied")
        #expect(CNIError(.ioFailure, "open /x: denied").during("/x").message == "open /x: denied")
    }

    @Test func `an error that went through a pipe equals the one that was written`() throws {
        let error = CNIError(.invalidConfiguration, at: "ipam.subnet", "missing", details: "x")
        let read = try #require(CNIError(json: error.json(version: .current)))
        #expect(read == error)
        #expect(read.hashValue == error.hashValue)
        #expect(read.place == nil)
    }
}
