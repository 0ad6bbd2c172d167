// SPDX-License-Identifier: Apache-2.0

import CNITesting
import CNITypes
import Glibc
import LinuxCore
import TestSupport
import Testing

extension Trait where Self == ConditionTrait {
    /// Skips a test that makes the node of a device.
    fileprivate static var needsDevices: Self {
        .enabled("needs CAP_MKNOD") {
            guard let folder = try? TemporaryFolder() else { return false }
            let path = "\(folder.path)/null"
            guard mknod(path, S_IFCHR | 0o600, 0x103) == 0 else { return false }
            let descriptor = open(path, O_WRONLY | O_CLOEXEC)
            defer { close(descriptor) }
            return descriptor >= 0
        }
    }
}

@Suite(.needsTool, .needsNamespaces)
struct DrawTests {
    /// Runs `cni draw` in a namespace of its own.
    private func draw(
        _ words: String..., environment: [String: String] = [:], output: String? = nil
    ) throws -> (world: World, outcome: Tool.Outcome) {
        let world = try World()
        let network = try TestNetwork()
        let words = world.words(["draw"] + words)
        let outcome = try network.run {
            try Tool.start(words, world.environment(environment), output: output)
        }.wait()
        return (world, outcome)
    }

    @Test
    func `the picture has line drawing characters where the locale has UTF-8`() throws {
        #expect(try draw().outcome.output.contains("─"))
        #expect(try draw(environment: ["LC_ALL": "de_DE.utf8"]).outcome.output.contains("─"))
        for (words, locale) in [([], "C"), ([], "en_US.ISO-8859-1"), (["--ascii"], "C.UTF-8")]
            as [([String], String)]
        {
            let world = try World()
            let network = try TestNetwork()
            let outcome = try network.run {
                try Tool.start(
                    world.words(["draw"] + words), world.environment(["LC_ALL": locale]))
            }.wait()
            #expect(outcome.output.contains("+-"), "\(locale): \(outcome)")
            #expect(outcome.output.utf8.allSatisfy { $0 < 0x80 }, "\(locale): \(outcome)")
        }
    }

    @Test
    func `LANG counts where nothing else is set`() throws {
        for (variables, isUnicode) in [
            (["LANG": "C.UTF-8"], true), (["LANG": "C.UTF-8", "LC_CTYPE": "C"], false),
            (["LANG": "C", "LC_CTYPE": "C.UTF-8"], true), ([:], false),
        ] {
            let outcome = try draw(environment: variables.merging(["LC_ALL": ""]) { $1 }).outcome
            #expect(outcome.output.contains("─") == isUnicode, "\(variables): \(outcome)")
        }
    }

    @Test
    func `it fits the terminal, which COLUMNS overrides`() throws {
        for (variables, width) in [([:], 44), (["COLUMNS": "60"], 60)] as [([String: String], Int)] {
            let terminal = try Pseudoterminal(columns: 44)
            let world = try World()
            let network = try TestNetwork()
            let (text, _) = try terminal.screen {
                try network.run {
                    try Tool.start(
                        world.words(["draw"]), world.environment(variables.merging(["NO_COLOR": "1"]) { $1 }),
                        output: terminal.path)
                }
            }
            #expect(text.split(separator: "\n").allSatisfy { $0.unicodeScalars.count <= width }, "\(text)")
        }
    }

    @Test
    func `SVG goes into a file that is replaced as a whole, or to standard output`() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/network.svg"
        try File.replace(path, Array("old".utf8), mode: 0o600)
        let drawn = try draw("--svg", path).outcome
        #expect(drawn.status == 0, "\(drawn)")
        #expect(drawn.output == "")
        let text = String(decoding: try File.read(path), as: UTF8.self)
        #expect(text.hasPrefix("<?xml") && text.hasSuffix("</svg>\n"))
        #expect(try Directory.names(in: folder.path) == ["network.svg"])
        #expect(try draw("--svg", "-").outcome.output.hasPrefix("<?xml"))
        let failed = try draw("--svg", "\(folder.path)/none/network.svg").outcome
        #expect(failed.status == 1)
        #expect(failed.errors == "error: write \(folder.path)/none/network.svg: No such file or directory\n")
    }

    @Test
    func `what is no regular file is written into and stays what it is`() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/pipe"
        #expect(mkfifo(path, 0o600) == 0)
        // Both ends, so that the tool need not wait for a reader, and what it wrote is kept.
        let end = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
        defer { close(end) }
        let drawn = try draw("--svg", path).outcome
        #expect(drawn.status == 0, "\(drawn)")
        var status = stat()
        #expect(lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let count = read(end, &buffer, buffer.count)
        let text = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
        #expect(text.hasPrefix("<?xml") && text.hasSuffix("</svg>\n"))
        #expect(try Directory.names(in: folder.path) == ["pipe"])
    }

    @Test(.needsDevices)
    func `a device is not replaced by a file, neither by a link to it`() throws {
        let folder = try TemporaryFolder()
        let (path, link) = ("\(folder.path)/null", "\(folder.path)/link")
        #expect(mknod(path, S_IFCHR | 0o600, 0x103) == 0)
        #expect(symlink(path, link) == 0)
        for name in [path, link] {
            let drawn = try draw("--svg", name).outcome
            #expect(drawn.status == 0, "\(drawn)")
        }
        var status = stat()
        #expect(lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
        #expect(lstat(link, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
        #expect(try Directory.names(in: folder.path).sorted() == ["link", "null"])
    }

    @Test
    func `JSON has everything`() throws {
        let json = try draw("--json").outcome.json
        let node = json["nodes"]?.array?.first
        #expect(node?["namespaces"]?.array?.first?["links"]?.array?.first?["name"]?.string == "lo", "\(json)")
    }
}
