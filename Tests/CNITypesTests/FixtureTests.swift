// SPDX-License-Identifier: Apache-2.0

import CNITypes
import Testing

/// The rules of the specification, a folder per case under `Fixtures`.
@Suite("Fixtures")
struct FixtureTests {
    @Test(arguments: try Fixture.all("configurations"))
    func `a plugin's configuration is read as the specification says`(fixture: Fixture) throws {
        try fixture.check { input in
            let found = try NetworkConfiguration(parsing: input)
            #expect(try found.raw == JSON(parsing: input))
            let attachments = found.validAttachments?.map { attachment in
                ["containerID": .string(attachment.containerID), "ifname": .string(attachment.ifname)] as JSON
            }
            return [
                "name": .string(found.name.rawValue), "version": JSON(found.version),
                "versionText": .string(found.versionText),
                "type": found.type.isEmpty ? nil : .string(found.type),
                "capabilities": found.capabilities.isEmpty
                    ? nil : .object(JSONObject(found.capabilities.mapValues { .bool($0) })),
                "ipam": found.ipam, "ipamType": found.ipamType.map { .string($0) }, "dns": found.dns?.json,
                "args": found.args, "cniArgs": found.cniArgs, "runtimeConfig": found.runtimeConfig,
                "validAttachments": attachments.map { .array($0) },
                "previousResult": try found.previousResult?.json(version: .current),
            ]
        }
    }

    @Test(arguments: try Fixture.all("lists"))
    func `a configuration list is read as the specification says`(fixture: Fixture) throws {
        try fixture.check { input in
            let json = try JSON(parsing: input)
            let found = try NetworkConfigurationList(json: json)
            #expect(found.raw == json)
            return [
                "name": .string(found.name.rawValue), "declaredVersion": JSON(found.declaredVersion),
                "versions": .array(found.versions.map { JSON($0) }),
                "version": found.version().map { JSON($0) },
                "disableCheck": .bool(found.disableCheck), "disableGC": .bool(found.disableGC),
                "loadOnlyInlinedPlugins": .bool(found.loadOnlyInlinedPlugins),
                "plugins": .array(found.plugins),
            ]
        }
    }

    @Test(arguments: try Fixture.all("results"))
    func `a result is converted to every version`(fixture: Fixture) throws {
        try fixture.check { input in
            let found = try CNIResult(json: JSON(parsing: input))
            var outcome: [String: JSON?] = [:]
            for version in SpecVersion.all { outcome[version.description] = try found.json(version: version) }
            return outcome
        }
    }

    @Test(arguments: try Fixture.all("errors"))
    func `an error document is told from anything else, and read`(fixture: Fixture) throws {
        try fixture.check { input in
            guard let found = CNIError(json: try JSON(parsing: input)) else { return [:] }
            return [
                "code": JSON(found.code.rawValue), "msg": .string(found.message),
                "details": found.details.map { .string($0) },
            ]
        }
    }
}
