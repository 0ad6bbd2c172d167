// SPDX-License-Identifier: Apache-2.0

import CNITesting
import CNITypes
import Doctor
import LinuxCore
import TestSupport
import Testing

/// What is found in files, on a machine that consists of a folder.
@Suite struct FileTests {
    let folder: TemporaryFolder
    var machine: Machine

    init() throws {
        folder = try TemporaryFolder()
        machine = Machine(
            proc: "\(folder.path)/proc", configurationFolder: "\(folder.path)/net.d",
            leasesFolder: "\(folder.path)/leases", pluginFolders: ["\(folder.path)/bin"])
        for name in ["net.d", "bin", "proc"] { try Directory.create("\(folder.path)/\(name)") }
        try plugin("alpha", answering: ["0.4.0", "1.0.0"])
    }

    private func write(_ path: String, _ text: String, mode: UInt32 = 0o644) throws {
        let path = "\(folder.path)/\(path)"
        try Directory.create(File.parent(of: path))
        try File.remove(path)
        try File.create(path, Array(text.utf8), mode: mode)
    }

    private func plugin(_ name: String, answering versions: [String]) throws {
        let answer: JSON = ["cniVersion": "1.0.0", "supportedVersions": JSON(versions)]
        try write("bin/\(name)", "#!/bin/sh\necho '\(answer)'\n", mode: 0o755)
    }

    private func configure(_ file: String, name: String = "n", _ type: String, version: String = "1.0.0")
        throws
    {
        let json: JSON = [
            "cniVersion": .string(version), "name": .string(name), "plugins": [["type": .string(type)]],
        ]
        try write("net.d/\(file)", json.serialized(indent: 2))
    }

    /// Of findings that are made of files, for the machine's own network is what it is.
    private func complaints(_ machine: Machine? = nil) -> [String] {
        let files: Set = [
            "configuration-unreadable", "network-name-twice", "plugin-folder-missing", "plugin-missing",
            "plugin-not-executable", "plugin-version", "plugin-not-running", "conntrack-full",
        ]
        return findings(machine).filter { files.contains($0.id) }.complaints
    }

    private func findings(_ machine: Machine? = nil) -> [Finding] {
        Doctor(machine: machine ?? self.machine).examine()
    }

    @Test func `with plugins for every configuration all is well`() throws {
        #expect(complaints() == [])
        try configure("10.conflist", "alpha")
        try write("net.d/notes.txt", "{")
        try write("net.d/20.conf", "{\"cniVersion\":\"0.4.0\",\"name\":\"m\",\"type\":\"alpha\"}")
        #expect(complaints() == [])
    }

    @Test func `configurations that cannot be read are found`() throws {
        try write("net.d/10.conflist", "{")
        try write("net.d/20.conf", "{\"name\": 1, \"type\": \"alpha\"}")
        try Directory.create("\(folder.path)/net.d/30.json")
        #expect(complaints() == [String](repeating: "problem configuration-unreadable", count: 3))
        let remedies = findings().filter { $0.id == "configuration-unreadable" }.map(\.remedy)
        #expect(remedies.first == "cni validate \(folder.path)/net.d/10.conflist")
    }

    @Test func `two configurations of one name are found`() throws {
        try configure("10.conflist", name: "same", "alpha")
        try configure("20.conflist", name: "same", "alpha")
        try configure("30.conflist", name: "other", "alpha")
        #expect(complaints() == ["warning network-name-twice"])
    }

    @Test func `plugins that are missing or not executable are found`() throws {
        try configure("10.conflist", "beta")
        #expect(complaints() == ["problem plugin-missing"])
        try write("bin/beta", "#!/bin/sh\n")
        #expect(complaints() == ["problem plugin-not-executable"])
        try plugin("beta", answering: ["1.0.0"])
        #expect(complaints() == [])
    }

    @Test func `folders of plugins that are missing are found`() throws {
        try configure("10.conflist", "alpha")
        var other = machine
        other.pluginFolders.append("\(folder.path)/none")
        #expect(complaints(other) == ["warning plugin-folder-missing"])
        other.pluginFolders.removeFirst()
        #expect(complaints(other) == ["problem plugin-folder-missing", "problem plugin-missing"])
    }

    @Test func `a plugin that does not speak the configuration's version is found`() throws {
        try configure("10.conflist", "alpha", version: "1.1.0")
        #expect(complaints() == ["problem plugin-version"])
        let finding = try #require(findings()["plugin-version"])
        try write("remedy", "#!/bin/sh\n\(finding.remedy ?? "")\n", mode: 0o755)
        _ = try ChildProcess.run("\(folder.path)/remedy", environment: ["PATH": "/usr/bin:/bin"], input: [])
        #expect(complaints() == [])
    }

    @Test func `a plugin that cannot be run is found`() throws {
        try configure("10.conflist", "gamma")
        try write("bin/gamma", "\u{7f}ELF nonsense", mode: 0o755)
        #expect(complaints() == ["problem plugin-not-running"])
        try write("bin/gamma", "#!/bin/sh\nexit 1\n", mode: 0o755)
        #expect(complaints() == [], "before there was VERSION plugins failed")
    }

    @Test(arguments: ["echo rubbish", "echo '{}'", "echo '[1]'", "true", "kill -9 $$"])
    func `a plugin that answers VERSION with rubbish is found`(script: String) throws {
        try configure("10.conflist", "gamma")
        try write("bin/gamma", "#!/bin/sh\n\(script)\n", mode: 0o755)
        #expect(complaints() == ["problem plugin-not-running"])
        let finding = try #require(findings()["plugin-not-running"])
        #expect(finding.title.contains("bin/gamma"))
    }

    @Test(arguments: [
        ("conntrack-full", "sys/net/netfilter/nf_conntrack_count", "799\n", nil),
        ("conntrack-full", "sys/net/netfilter/nf_conntrack_count", "800\n", "warning"),
        ("conntrack-full", "sys/net/netfilter/nf_conntrack_count", "1000\n", "problem"),
    ])
    func `what the kernel reports in files is found`(
        id: String, file: String, content: String, severity: String?
    ) throws {
        try write("proc/sys/net/netfilter/nf_conntrack_max", "1000\n")
        try write("proc/\(file)", content)
        #expect(complaints() == (severity.map { ["\($0) \(id)"] } ?? []))
    }

    @Test func `a finding is an object for programs`() throws {
        try configure("10.conflist", "beta")
        let finding = try #require(findings()["plugin-missing"])
        let path = "\(folder.path)/bin"
        #expect(
            finding.json == [
                "id": "plugin-missing", "severity": "problem",
                "title": "the plugin beta is in none of \(path)",
                "explanation":
                    "Used by \(folder.path)/net.d/10.conflist, whose containers cannot be attached.",
                "isSafeToFix": false, "remedy": "install -m 755 beta \(path)/beta",
            ])
    }
}

@Suite(.needsNamespaces) struct NeighbourTests {
    @Test func `a table of neighbours too small for the containers is found`() throws {
        let world = try World()
        for _ in 0..<4 { try world.attach() }
        let proc = "\(world.folder.path)/proc"
        world.machine.proc = proc
        try Directory.create("\(proc)/sys/net/ipv4/neigh/default")
        for (limit, expected) in [("1024", []), ("10", ["warning neighbour-table-small"])] {
            try world.write("proc/sys/net/ipv4/neigh/default/gc_thresh3", "\(limit)\n")
            #expect(try world.complaints() == expected)
        }
    }
}
