// SPDX-License-Identifier: Apache-2.0

internal import CLinuxShims
internal import DHCPClient
internal import Glibc
internal import LinuxCore

/// A plugin's connection: one request, one answer.
final class ClientConnection {
    private let file: OwnedFileDescriptor
    private var line: [UInt8] = []
    /// By when the request has to be here, in milliseconds.
    let deadline: Int64
    /// Whether there is nothing more to read or to answer.
    private(set) var isOver = false
    /// Whether the request was read, and its answer is to come.
    private(set) var isAsked = false

    /// 1 MiB: room for the valid attachments of a GC.
    private static let longest = 1 << 20

    init(_ file: consuming OwnedFileDescriptor, until deadline: Int64) {
        self.file = file
        self.deadline = deadline
    }

    var descriptor: CInt { file.rawValue }

    /// Reads what there is.
    ///
    /// - Returns: The request's line once it is whole. One who hangs up, or says more, is over.
    func read() -> [UInt8]? {
        var chunk = [UInt8](repeating: 0, count: 4096)
        while !isOver {
            let count: Int
            do throws(SystemError) {
                count = try systemCall("receive a request") { recv(descriptor, &chunk, chunk.count, 0) }
            } catch  where error.errno == EAGAIN {
                return nil
            } catch {
                isOver = true
                return nil
            }
            if count == 0 || isAsked || line.count + count > Self.longest {
                isOver = true
                return nil
            }
            line += chunk[..<count]
            if let end = line.firstIndex(of: UInt8(ascii: "\n")) {
                isAsked = true
                return Array(line[..<end])
            }
        }
        return nil
    }

    /// Ends it without an answer.
    func drop() { isOver = true }

    /// Answers, and ends it; false if there was nobody to take the answer.
    ///
    /// Leases of two families may have one who waits, who is answered once. An answer is far smaller than what a socket takes at once.
    @discardableResult
    func answer(_ answer: DaemonAnswer) -> Bool {
        if isOver { return false }
        isOver = true
        let bytes = answer.line
        do throws(SystemError) {
            let sent = try systemCall("send an answer") {
                send(descriptor, bytes, bytes.count, CInt(MSG_NOSIGNAL))
            }
            return sent == bytes.count
        } catch {
            return false
        }
    }
}
