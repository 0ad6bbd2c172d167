// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import LinuxCore

extension Survey {
    /// Whether somebody listens on a socket; false if it is not there, or is a dead one's.
    func answers(_ path: String) throws(Obstacle) -> Bool {
        do throws(SystemError) {
            let descriptor = try systemCall("socket") {
                Glibc.socket(
                    AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
            }
            let own = OwnedFileDescriptor(adopting: descriptor)
            try LocalSocket(path: path).connect(own.rawValue)
            return true
        } catch  where error.errno == EAGAIN {
            return true  // a full queue is somebody's (unix(7))
        } catch  where [ENOENT, ECONNREFUSED, ENOTDIR, ENOTSOCK, ENAMETOOLONG].contains(error.errno) {
            return false
        } catch {
            throw Obstacle(error)
        }
    }

    /// The numbers of the processes of that name, cut to the 15 bytes that the kernel keeps (proc_pid_comm(5)).
    func processes(named name: String) throws(Obstacle) -> [String] {
        let all = try looking { () throws(SystemError) in try Directory.names(in: machine.proc) } ?? []
        var found: [String] = []
        for process in all where process.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            // One that ends meanwhile has no name.
            if let lines = try? text("\(process)/comm"), lines.first == String(name.prefix(15)) {
                found.append(process)
            }
        }
        return found
    }

    /// Whether there is a file, below the machine's root.
    func hasFile(_ path: String) -> Bool { access("\(machine.root)\(path)", F_OK) == 0 }
}
