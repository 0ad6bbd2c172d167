// SPDX-License-Identifier: Apache-2.0

// A plugin that does what a test tells it, and writes down what it was called with. Its name is the one it is
// started by; FAKE_FOLDER has the script, `<name>.<verb>.json`, and gets the log.

import CNITypes
import Glibc
import LinuxCore

let variables = environmentLines()
let environment = Dictionary(variables.map { split($0) }) { first, _ in first }

if let pidFile = environment["FAKE_GRANDCHILD"] {
    sleepInGrandchild(pidFile)
} else if environment["FAKE_DRIVER"] != nil {
    exit(await drive(environment))
} else {
    exit(try playPlugin())
}

func playPlugin() throws -> CInt {
    let name = CommandLine.arguments[0].split(separator: "/").last.map(String.init) ?? ""
    let command = environment["CNI_COMMAND"] ?? ""
    let folder = environment["FAKE_FOLDER"] ?? "/nowhere"
    let input = try File.read(0, named: "stdin", limit: 1 << 24)
    try log(folder, "begin", name, command, input)
    defer { try? log(folder, "end", name, command, []) }
    let script = (try? JSON(parsing: File.read("\(folder)/\(name).\(command).json"))) ?? [:]
    if let text = script["stderr"]?.string { try File.write(Array(text.utf8), to: 2, named: "stderr") }
    if let pidFile = script["grandchild"]?.string {
        // In our process group, as a plugin for addresses is.
        var inherited = environment
        inherited["FAKE_GRANDCHILD"] = pidFile
        _ = try ChildProcess.run("/proc/self/exe", environment: inherited, input: [])
    }
    if let pidFile = script["leave"]?.string { try leaveProcess(pidFile) }
    if let path = script["await"]?.string { waitUntil { access(path, F_OK) == 0 } }
    if let count = script["gather"]?.int {
        try Directory.create("\(folder)/gathered")
        try File.replace("\(folder)/gathered/\(getpid())", [], mode: 0o600)
        waitUntil { ((try? Directory.names(in: "\(folder)/gathered")) ?? []).count >= count }
    }
    if let pause = script["sleep"]?.int { usleep(UInt32(pause) * 1000) }
    if let size = script["flood"]?.int {
        try File.write([UInt8](repeating: 0x20, count: size), to: 1, named: "stdout")
    }
    if let text = script["stdout"]?.string {
        try File.write(Array(text.utf8), to: 1, named: "stdout")
    } else if script["error"] == nil, script["status"] == nil {
        try answer(name, command, try? JSON(parsing: input))
    }
    if let number = script["signal"]?.int {
        kill(getpid(), CInt(number))
        pause()
    }
    if let error = script["error"] {
        try File.write(Array(error.serialized().utf8), to: 1, named: "stdout")
        return 1
    }
    return CInt(script["status"]?.int ?? 0)
}

/// What a plugin answers that has nothing special to do.
func answer(_ name: String, _ command: String, _ input: JSON?) throws {
    var document: JSON
    switch command {
    case "ADD":
        document = input?["prevResult"] ?? ["cniVersion": input?["cniVersion"] ?? .null]
        document["interfaces"] = .array((document["interfaces"]?.array ?? []) + [["name": .string(name)]])
    case "VERSION":
        document = [
            "cniVersion": input?["cniVersion"] ?? .null,
            "supportedVersions": JSON(SpecVersion.all.map(\.description)),
        ]
    default: return
    }
    try File.write(Array(document.serialized().utf8), to: 1, named: "stdout")
}

/// Adds a line to the log, in one write(2) at the file's end.
func log(_ folder: String, _ event: String, _ name: String, _ command: String, _ input: [UInt8]) throws {
    let line: JSON = [
        "event": .string(event), "plugin": .string(name), "command": .string(command),
        "container": .string(environment["CNI_CONTAINERID"] ?? ""),
        "input": .string(String(decoding: input, as: UTF8.self)), "environment": JSON(variables),
        "group": JSON(getpgrp() == getpid() ? 1 : 0),
        "descriptors": JSON(
            ((try? Directory.names(in: "/proc/self/fd")) ?? []).compactMap(Int.init).filter {
                $0 > 2 && readlinkText("/proc/self/fd/\($0)").hasPrefix("/proc/") == false
            }.map(String.init)),
    ]
    let file = try OwnedFileDescriptor(
        opening: "\(folder)/log", O_WRONLY | O_APPEND | O_CREAT, mode: 0o600)
    try File.write(Array((line.serialized() + "\n").utf8), to: file.rawValue, named: "log")
}

func readlinkText(_ path: String) -> String {
    var buffer = [CChar](repeating: 0, count: 4096)
    let size = readlink(path, &buffer, buffer.count)
    return size < 0
        ? "/proc/gone" : String(decoding: buffer[..<size].map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

func sleepInGrandchild(_ pidFile: String) -> Never {
    try? File.replace(pidFile, Array("\(getpid())".utf8), mode: 0o600)
    while true { pause() }
}

/// Waits for something, two minutes at most: a test that hangs says nothing.
func waitUntil(_ condition: () -> Bool) {
    for _ in 0..<4000 where !condition() { usleep(30_000) }
}

/// Starts a process that has our streams and stays when we end.
func leaveProcess(_ pidFile: String) throws {
    let arguments = [strdup("/proc/self/exe"), nil]
    let inherited = (variables + ["FAKE_GRANDCHILD=\(pidFile)"]).map { strdup($0) } + [nil]
    var process = pid_t()
    let code = posix_spawn(&process, "/proc/self/exe", nil, nil, arguments, inherited)
    if code != 0 { throw SystemError(operation: "leave a process", errno: code) }
}

func environmentLines() -> [String] {
    var lines: [String] = []
    var next = environ
    while let text = next.pointee {
        lines.append(String(cString: text))
        next += 1
    }
    return lines
}

func split(_ line: String) -> (String, String) {
    let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
}
