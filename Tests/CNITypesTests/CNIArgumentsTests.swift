// SPDX-License-Identifier: Apache-2.0

import CNITypes
import Testing

@Suite("CNI_ARGS")
struct CNIArgumentsTests {
    @Test func `pairs are split at semicolons and equals signs`() throws {
        let arguments = try CNIArguments(parsing: "IgnoreUnknown=1;K8S_POD_NAME=web;IP=10.0.0.5;EMPTY=;=odd")
        #expect(arguments["K8S_POD_NAME"] == "web")
        #expect(arguments["IP"] == "10.0.0.5")
        #expect(arguments["EMPTY"] == "")
        #expect(arguments[""] == "odd")
        #expect(arguments["MAC"] == nil)
    }

    @Test func `the empty text has no pairs`() throws {
        let arguments = try CNIArguments(parsing: "")
        #expect(arguments[""] == nil)
        #expect(!arguments.ignoreUnknown)
        #expect(throws: Never.self) { try arguments.requireKnown([]) }
    }

    @Test func `keys are case-sensitive, and the last of equal keys counts`() throws {
        let arguments = try CNIArguments(parsing: "IP=1;ip=2;IP=3")
        #expect(arguments["IP"] == "3")
        #expect(arguments["ip"] == "2")
        #expect(arguments["Ip"] == nil)
    }

    @Test(arguments: [
        ("a", "a"), ("a=1;", ""), (";", ""), (";a=1", ""), ("a=1;;b=2", ""), ("a=1=2", "a=1=2"), ("==", "=="),
        ("a=1;b", "b"), (" ", " "),
    ])
    func `a pair without exactly one equals sign is code 4`(text: String, pair: String) {
        #expect(throws: CNIError(.invalidEnvironment, "ARGS: invalid pair \"\(pair)\"")) {
            try CNIArguments(parsing: text)
        }
    }

    @Test(arguments: [
        ("1", true), ("true", true), ("True", true), ("TRUE", true), ("0", false), ("false", false),
        ("False", false),
    ])
    func `IgnoreUnknown is a boolean in any letter case`(value: String, ignores: Bool) throws {
        let arguments = try CNIArguments(parsing: "IgnoreUnknown=\(value);X=1")
        #expect(arguments.ignoreUnknown == ignores)
        if ignores {
            #expect(throws: Never.self) { try arguments.requireKnown([]) }
        } else {
            #expect(throws: CNIError(.invalidEnvironment, #"ARGS: unknown args ["X=1"]"#)) {
                try arguments.requireKnown([])
            }
        }
    }

    @Test(arguments: ["yes", "", "2", "tru"])
    func `an IgnoreUnknown that is not a boolean is code 4`(value: String) {
        let error = #expect(throws: CNIError.self) { try CNIArguments(parsing: "IgnoreUnknown=\(value)") }
        #expect(error?.code == .invalidEnvironment)
        #expect(error?.message.contains("IgnoreUnknown=\(value)") == true)
    }

    @Test func `unknown keys are listed in their order`() throws {
        let arguments = try CNIArguments(parsing: "Z=1;IP=10.0.0.1;A=2;ip=3")
        #expect(throws: CNIError(.invalidEnvironment, #"ARGS: unknown args ["Z=1" "A=2" "ip=3"]"#)) {
            try arguments.requireKnown(["IP", "MAC"])
        }
        #expect(throws: Never.self) { try arguments.requireKnown(["IP", "Z", "A", "ip"]) }
    }
}
