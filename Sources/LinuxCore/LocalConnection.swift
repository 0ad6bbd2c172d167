// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Why a conversation over a socket of this machine had no answer.
package enum LocalConnectionFailure: Error, Hashable, Sendable {
    /// Nobody listens: the socket is not there, or nobody has it open.
    case absent(SystemError)
    /// The other end has taken the request and not answered in time.
    case silent(milliseconds: UInt32)
    /// The other end has closed the connection without an answer.
    case lost
    /// The conversation failed otherwise.
    case failed(SystemError)
}

/// A connection to a program's socket on this machine (unix(7)), for one request; every wait on it ends.
package struct LocalConnection: ~Copyable {
    private let socket: OwnedFileDescriptor
    private let path: String
    private let deadline: Deadline

    /// Makes a socket that is not connected yet.
    package init(to path: String, until deadline: Deadline) throws(LocalConnectionFailure) {
        let descriptor: CInt
        do throws(SystemError) {
            descriptor = try systemCall("socket \(path)") {
                Glibc.socket(
                    AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
            }
        } catch {
            throw .failed(error)
        }
        socket = OwnedFileDescriptor(adopting: descriptor)
        self.path = path
        self.deadline = deadline
    }

    /// Connects, and waits while the other end has more connections than it has taken.
    package func open() throws(LocalConnectionFailure) {
        while try !connect() {
            if deadline.isOver { throw .silent(milliseconds: deadline.milliseconds) }
            deadline.pause()
        }
    }

    /// Returns whether there is a connection; not as long as its queue is full (unix(7), EAGAIN).
    private func connect() throws(LocalConnectionFailure) -> Bool {
        do throws(SystemError) {
            try LocalSocket(path: path).connect(socket.rawValue)
            return true
        } catch  where error.errno == EAGAIN {
            return false
        } catch  where error.errno == ENOENT || error.errno == ECONNREFUSED || error.errno == ENOTDIR {
            throw .absent(error)
        } catch {
            throw .failed(error)
        }
    }

    /// Sends a line, and waits for the one that answers it.
    ///
    /// - Returns: The answer without the end of the line.
    package func exchange(_ line: [UInt8]) throws(LocalConnectionFailure) -> [UInt8] {
        var rest = line[...]
        while !rest.isEmpty {
            let sent = try attempt("send to \(path)", CInt(POLLOUT)) { descriptor in
                rest.withUnsafeBytes {
                    Glibc.send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
                }
            }
            rest = rest.dropFirst(sent)
        }
        var answer: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while answer.count <= Self.longestAnswer {
            let count = try attempt("receive from \(path)", CInt(POLLIN)) { descriptor in
                chunk.withUnsafeMutableBytes { Glibc.recv(descriptor, $0.baseAddress, $0.count, 0) }
            }
            if count == 0 { throw .lost }
            if let end = chunk[..<count].firstIndex(of: UInt8(ascii: "\n")) {
                return answer + chunk[..<end]
            }
            answer += chunk[..<count]
        }
        throw .failed(SystemError(operation: "receive from \(path)", errno: EFBIG))
    }

    /// Does one step as soon as the socket is ready for it.
    private func attempt(
        _ operation: String, _ readiness: CInt, _ step: (CInt) -> Int
    ) throws(LocalConnectionFailure) -> Int {
        while true {
            do throws(SystemError) {
                var entry = pollfd(fd: socket.rawValue, events: Int16(readiness), revents: 0)
                let ready = try systemCall("poll \(path)") { poll(&entry, 1, deadline.remaining) }
                if ready > 0 { return try systemCall(operation) { step(socket.rawValue) } }
            } catch  where error.errno == EAGAIN {
                continue
            } catch  where error.errno == EPIPE || error.errno == ECONNRESET {
                throw .lost
            } catch {
                throw .failed(error)
            }
            if deadline.isOver { throw .silent(milliseconds: deadline.milliseconds) }
        }
    }

    /// 1 MiB: an answer has some hundred bytes.
    private static var longestAnswer: Int { 1 << 20 }
}
