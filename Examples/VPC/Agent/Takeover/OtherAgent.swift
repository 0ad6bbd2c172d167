// SPDX-License-Identifier: Apache-2.0

internal import AddressPool
internal import Glibc
internal import LinuxCore

/// Whether the reference's agent runs on this node: two owners of one node's ENIs give each address twice.
package enum OtherAgent {
    /// Where the reference's agent listens.
    package static let sockets = ["/var/run/aws-node/ipamd.sock", "/run/aws-node/ipamd.sock"]
    /// What its processes are called, cut to the 15 bytes that the kernel keeps (proc_pid_comm(5)).
    static let names = ["aws-k8s-agent"]

    /// What shows that it runs; nil if nothing does.
    package static func evidence(sockets: [String] = Self.sockets, processes: String = "/proc") -> String? {
        for path in sockets where answers(path) { return "it listens at \(path)" }
        for process in entries(of: processes) where process.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            guard let name = firstLine("\(processes)/\(process)/comm"), names.contains(name) else { continue }
            return "process \(process) is \(name)"
        }
        return nil
    }

    /// Whether somebody accepts connections there: the file alone may be left over.
    private static func answers(_ path: String) -> Bool {
        let descriptor = socket(
            AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { _ = close(descriptor) }
        do throws(SystemError) {
            try LocalSocket(path: path).connect(descriptor)
            return true
        } catch {
            // A full queue (unix(7)) is somebody's, too.
            return error.errno == EAGAIN
        }
    }

    private static func entries(of folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        return names
    }

    private static func firstLine(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { _ = close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = read(descriptor, &bytes, bytes.count)
        guard count > 0 else { return nil }
        return String(decoding: bytes[..<count].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }
}
