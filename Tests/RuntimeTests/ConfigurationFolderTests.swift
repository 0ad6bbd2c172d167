// SPDX-License-Identifier: Apache-2.0

import CNIRuntime
import CNITesting
import Testing

@Suite
struct ConfigurationFolderTests {
    private func folder(_ files: [String: String]) throws -> (TemporaryFolder, ConfigurationFolder) {
        let folder = try TemporaryFolder()
        for (name, content) in files { try write(content, to: "\(folder.path)/\(name)") }
        return (folder, try ConfigurationFolder(reading: folder.path))
    }

    private func list(_ name: String, _ types: String..., members: String = "") -> String {
        let plugins = types.map { #"{"type":"\#($0)"}"# }.joined(separator: ",")
        return #"{"cniVersion":"1.1.0","name":"\#(name)",\#(members)"plugins":[\#(plugins)]}"#
    }

    private func types(_ network: NetworkConfigurationList) -> [String] {
        network.plugins.compactMap { $0["type"]?.string }
    }

    private func names(_ folder: ConfigurationFolder) -> [String] {
        folder.networks.map(\.name.rawValue)
    }

    @Test
    func `lists come first, then single plugins, each in the order of the files' names`() throws {
        let (_, read) = try folder([
            "10-b.conflist": list("b", "x"), "20-a.conflist": list("a", "x"),
            "05-c.conf": #"{"cniVersion":"0.3.1","name":"c","type":"x"}"#,
            "01-d.json": #"{"name":"d","type":"y"}"#,
            "00-readme.txt": "not JSON", "30-e.CONFLIST": list("e", "x"),
        ])
        #expect(names(read) == ["b", "a", "d", "c"])
        #expect(read.problems.isEmpty)
    }

    @Test
    func `a single plugin is a list of one, with its name and version`() throws {
        let (_, read) = try folder([
            "x.conf": #"{"cniVersion":"0.3.1","name":"c","type":"x","mtu":9007199254740993}"#
        ])
        let network = try read.network(named: "c")
        #expect(network.declaredVersion == .v0_3_1)
        #expect(network.plugins[0]["mtu"] == 9_007_199_254_740_993)
    }

    @Test
    func `a file that is broken is a problem and hides no other`() throws {
        let (folder, read) = try folder([
            "00.conflist": "{", "01.conflist": "", "02.conflist": list("no/name", "x"),
            "03.conflist": #"{"name":"n","plugins":[]}"#, "04.conflist": #"{"name":"n"}"#,
            "05.conflist": #"{"name":"n","plugins":[{"type":"../x"}]}"#, "10.conflist": list("good", "x"),
            "20.conf": #"{"name":"n"}"#, "30.json": list("n", "x"), "40.conf": #"{"name":"fine","type":"x"}"#,
        ])
        #expect(names(read) == ["good", "fine"])
        let broken = [
            "00.conflist", "01.conflist", "02.conflist", "03.conflist", "04.conflist", "05.conflist",
        ]
        #expect(
            read.problems.map(\.path) == (broken + ["20.conf", "30.json"]).map { "\(folder.path)/\($0)" })
        #expect(read.problems[2].reason.contains("no/name"))
        #expect(read.problems[3].reason == "plugins: no plugins in list")
        #expect(read.problems[4].reason == "no plugin configs found")
        #expect(read.problems[5].reason.contains("plugins[0].type"))
        #expect(read.problems[7].reason.contains(".conflist"))
    }

    @Test
    func `of two networks of one name the first counts`() throws {
        let (folder, read) = try folder([
            "10.conflist": list("n", "first"), "20.conflist": list("n", "second"),
            "00.conf": #"{"name":"n","type":"third"}"#,
        ])
        #expect(try types(read.network(named: "n")) == ["first"])
        #expect(read.problems.count == 2)
        #expect(read.problems[0].reason.contains("\(folder.path)/10.conflist"))
    }

    @Test
    func `plugins of the network's own folder come behind those of the list, in order`() throws {
        let (folder, read) = try folder([
            "10-n.conflist": list("n", "own"), "n/20-b.conf": #"{"type":"b","x":1}"#,
            "n/10-a.conf": #"{"type":"a"}"#,
            "n/30.json": #"{"type":"not-me"}"#, "n/40.conflist": "{",
            "other/10.conf": #"{"type":"nobody's"}"#,
        ])
        let file = try #require(read.files.first)
        #expect(types(file.network) == ["own", "a", "b"])
        #expect(file.additions == ["\(folder.path)/n/10-a.conf", "\(folder.path)/n/20-b.conf"])
        #expect(file.network.raw["plugins"]?.array?.count == 3, "also in what is stored")
        #expect(read.problems.isEmpty)
    }

    @Test
    func `a list may have all its plugins in its folder`() throws {
        let (_, read) = try folder([
            "n.conflist": #"{"cniVersion":"1.1.0","name":"n"}"#, "n/a.conf": #"{"type":"a"}"#,
        ])
        #expect(try types(read.network(named: "n")) == ["a"])
    }

    @Test
    func `loadOnlyInlinedPlugins leaves the network's folder alone`() throws {
        let (_, read) = try folder([
            "n.conflist": list("n", "own", members: #""loadOnlyInlinedPlugins":true,"#), "n/a.conf": "{",
        ])
        #expect(try types(read.network(named: "n")) == ["own"])
        #expect(read.problems.isEmpty)
    }

    @Test
    func `a network whose folder has a broken plugin is a problem, and no other is`() throws {
        let (folder, read) = try folder([
            "10.conflist": list("n", "own"), "n/a.conf": #"{"type":"a"}"#, "n/b.conf": #"{"type":""}"#,
            "20.conflist": list("m", "own"),
        ])
        #expect(names(read) == ["m"])
        #expect(read.problems.map(\.path) == ["\(folder.path)/10.conflist"])
        #expect(read.problems[0].reason.contains("\(folder.path)/n/b.conf: plugins[0].type"))
        let error = #expect(throws: RuntimeError.self) { try read.network(named: "n") }
        #expect(error?.error.message == "no net configuration with name \"n\" in \(folder.path)")
        #expect(error?.error.details?.contains("b.conf") == true)
    }

    @Test
    func `a folder that is not there is empty`() throws {
        let read = try ConfigurationFolder(reading: "/nowhere/at/all")
        #expect(read.files.isEmpty && read.problems.isEmpty)
        let error = #expect(throws: RuntimeError.self) { try read.network(named: "n") }
        #expect(error?.error.message == "no net configurations found in /nowhere/at/all")
    }

    @Test
    func `the plugins of the network's folder are executed and stored`() async throws {
        let world = try World("own", "extra")
        let (_, read) = try folder(["n.conflist": list("n", "own"), "n/x.conf": #"{"type":"extra"}"#])
        let runtime = world.runtime()
        _ = try await runtime.add(read.network(named: "n"), request())
        #expect(try world.story() == ["ADD own", "ADD extra"])
        let stored = try #require(try world.cache.contents().entries.first?.list)
        #expect(types(stored) == ["own", "extra"])
    }
}
