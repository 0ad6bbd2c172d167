// SPDX-License-Identifier: Apache-2.0

import CNITypes
import Testing

@Suite("Specification versions")
struct SpecVersionTests {
    @Test(arguments: [
        ("", "0.1.0"), ("0.1.0", "0.1.0"), ("0.4", "0.4.0"), ("1", "1.0.0"), ("1.1.0", "1.1.0"),
        ("10.20.30", "10.20.30"),
    ])
    func `one to three numbers are a version, and nothing is the first one`(text: String, printed: String) {
        #expect(SpecVersion(text)?.description == printed)
    }

    @Test(arguments: [
        ".", "1.", ".1", "1..0", "1.0.0.0", "v1", "1.0.0-rc1", "1.0.0+x", " 1", "1 ", "+1", "-1", "1.0.a",
        "１",
        "99999999999999999999",
    ])
    func `anything else is no version`(text: String) {
        #expect(SpecVersion(text) == nil)
    }

    @Test func `there are seven versions, in order, the last one current`() {
        let texts = ["0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"]
        #expect(SpecVersion.all.map(\.description) == texts)
        #expect(SpecVersion.all.reversed().sorted() == SpecVersion.all)
        #expect(SpecVersion.current == SpecVersion.all.last)
        #expect(SpecVersion(0, 10, 0) > SpecVersion(0, 9, 9))
    }

    @Test func `CHECK came with 0.4.0, GC and STATUS with 1.1.0`() {
        #expect(SpecVersion.all.filter(\.supportsCheck) == [.v0_4_0, .v1_0_0, .v1_1_0])
        #expect(SpecVersion.all.filter(\.supportsGarbageCollection) == [.v1_1_0])
        #expect(SpecVersion.all.filter(\.supportsStatus) == [.v1_1_0])
    }

    @Test func `the newest version of both sides is chosen`() {
        #expect(SpecVersion.highest(of: SpecVersion.all, supportedBy: [.v0_3_1, .v1_0_0]) == .v1_0_0)
        #expect(SpecVersion.highest(of: [.v1_1_0], supportedBy: [.v0_3_1, .v1_0_0]) == nil)
        #expect(
            SpecVersion.highest(of: [SpecVersion(2, 0, 0), .v0_4_0], supportedBy: SpecVersion.all) == .v0_4_0)
        #expect(SpecVersion.highest(of: [], supportedBy: SpecVersion.all) == nil)
    }
}

@Suite("Errors")
struct CNIErrorTests {
    @Test func `the specification's codes have its numbers`() {
        let codes: [CNIError.Code] = [
            .incompatibleVersion, .unsupportedField, .unknownContainer, .invalidEnvironment, .ioFailure,
            .decodingFailure, .invalidConfiguration, .invalidNetworkNamespace, .tryAgainLater,
            .pluginNotAvailable,
            .limitedConnectivity, .firstPluginCode, .internalError,
        ]
        #expect(codes.map(\.rawValue) == [1, 2, 3, 4, 5, 6, 7, 8, 11, 50, 51, 100, 999])
    }

    @Test(arguments: SpecVersion.all)
    func `an error document has the version, the code, the message, and details where there are some`(
        version: SpecVersion
    ) {
        let error = CNIError(.invalidConfiguration, "Invalid Configuration", details: "too small")
        let document: JSON = [
            "cniVersion": JSON(version), "code": 7, "msg": "Invalid Configuration", "details": "too small",
        ]
        #expect(error.json(version: version) == document)
        #expect(CNIError(json: document) == error)
        let brief: JSON = ["cniVersion": JSON(version), "code": 100, "msg": "x"]
        #expect(CNIError(.firstPluginCode, "x").json(version: version) == brief)
        #expect(CNIError(.firstPluginCode, "x", details: "").json(version: version) == brief)
    }

    @Test func `the description has the details behind the message`() {
        #expect(CNIError(.ioFailure, "reading x").description == "reading x")
        #expect(
            CNIError(.ioFailure, "reading x", details: "no such file").description
                == "reading x: no such file")
    }
}
