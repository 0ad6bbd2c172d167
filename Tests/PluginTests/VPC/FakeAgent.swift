// SPDX-License-Identifier: Apache-2.0

import CNIPlugin
import CNITesting
import CNITypes
import Glibc
import LinuxCore
import Synchronization
import TestSupport
import VPCNetwork

/// An agent that speaks the protocol over a real socket, and gives each attachment the next of its addresses.
///
/// What it has given is a file for each attachment, so that a snapshot of the folder tells it.
final class FakeAgent: Sendable {
    /// What it does with a request instead of answering it.
    enum Misbehaviour: Sendable {
        /// Never answers.
        case hang
        /// Closes the connection.
        case hangUp
        /// Says this.
        case say(String)
        /// Says this without the end of the line, and closes the connection.
        case half(String)
        /// Says this byte by byte, again and again.
        case drip(String)
        /// Refuses.
        case refuse(CNIError)
    }

    /// What an attachment gets, by its number.
    typealias Pool = @Sendable (Int, AgentRequest.Addition) -> PodAttachment?

    let socket: String
    let notes: ReleasedAttachments
    private let folder: String
    private let pool: Pool
    private let state = Mutex(State())

    private struct State {
        var descriptor: CInt = -1
        var thread: BlockingThread?
        var given: [(attachment: CNITypes.Attachment, number: Int, what: PodAttachment)] = []
        var requests: [AgentRequest] = []
        var misbehaviours: [Misbehaviour] = []
        var hanging: [CInt] = []
        var dripping: [BlockingThread] = []
    }

    /// Listens at once.
    init(in folder: String, pool: @escaping Pool) throws {
        self.folder = folder
        self.pool = pool
        socket = "\(folder)/agent.sock"
        notes = ReleasedAttachments(folder: "\(folder)/released")
        try start()
    }

    deinit { stop() }

    /// What it was asked, oldest first.
    var requests: [AgentRequest] { state.withLock { $0.requests } }

    /// The attachments that have something.
    var holders: [String] { state.withLock { $0.given.map(\.attachment.containerID.rawValue) } }

    /// What it does with the next requests.
    func misbehave(_ ways: Misbehaviour...) { state.withLock { $0.misbehaviours += ways } }

    /// Starts to listen, and then reads the notes.
    func start() throws {
        unlink(socket)
        let descriptor = Glibc.socket(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        try LocalSocket(path: socket).bind(descriptor)
        try systemCall("listen \(socket)") { listen(descriptor, 64) }
        readNotes()
        let thread = BlockingThread { [weak self] in
            while true {
                let client = accept(descriptor, nil, nil)
                if client < 0 { return }
                guard let self else {
                    close(client)
                    return
                }
                self.serve(client)
            }
        }
        state.withLock { ($0.descriptor, $0.thread) = (descriptor, thread) }
    }

    /// Listens no more, and drops every connection; what it has given stays.
    func stop() {
        let (descriptor, thread, hanging, dripping) = state.withLock { state in
            defer { (state.descriptor, state.thread, state.hanging, state.dripping) = (-1, nil, [], []) }
            return (state.descriptor, state.thread, state.hanging, state.dripping)
        }
        for thread in dripping { thread.join() }
        if descriptor < 0 { return }
        shutdown(descriptor, CInt(SHUT_RDWR))
        thread?.join()
        close(descriptor)
        unlink(socket)
        for client in hanging { close(client) }
    }

    private func serve(_ client: CInt) {
        var line: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while !line.contains(10) {
            let count = recv(client, &chunk, chunk.count, 0)
            if count <= 0 {
                close(client)
                return
            }
            line += chunk[..<count]
        }
        let request: AgentRequest
        do throws(CNIError) {
            request = try AgentRequest(parsing: Array(line.prefix { $0 != 10 }))
        } catch {
            answer(client, AgentAnswer(.failure(error)).line)
            return
        }
        let way = state.withLock { state -> Misbehaviour? in
            state.requests.append(request)
            return state.misbehaviours.isEmpty ? nil : state.misbehaviours.removeFirst()
        }
        switch way {
        case .hang: state.withLock { $0.hanging.append(client) }
        case .hangUp: close(client)
        case .half(let text): answer(client, Array(text.utf8))
        case .drip(let text):
            let thread = BlockingThread { Self.drip(text, to: client) }
            state.withLock { $0.dripping.append(thread) }
        case .say(let text): answer(client, Array((text + "\n").utf8))
        case .refuse(let error): answer(client, AgentAnswer(.failure(error), version: request.version).line)
        case nil: answer(client, AgentAnswer(content(for: request), version: request.version).line)
        }
    }

    /// Until nobody listens any more.
    private static func drip(_ text: String, to client: CInt) {
        defer { close(client) }
        while true {
            for var byte in text.utf8 {
                if send(client, &byte, 1, CInt(MSG_NOSIGNAL)) != 1 { return }
                usleep(5000)
            }
        }
    }

    private func answer(_ client: CInt, _ line: [UInt8]) {
        _ = line.withUnsafeBytes { send(client, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
        close(client)
    }

    private func content(for request: AgentRequest) -> AgentAnswer.Content {
        readNotes()
        switch request.verb {
        case .add(let addition): return give(addition, isPlan: false)
        case .plan(let addition): return give(addition, isPlan: true)
        case .check(let attachment):
            let given = state.withLock { state in state.given.first { $0.attachment == attachment }?.what }
            return given.map { .attachment($0) }
                ?? .failure(CNIError(.unknownContainer, "\(attachment.key) has no address"))
        case .delete(let attachment):
            release { $0 == attachment }
            return .done
        case .collect(let valid):
            release { attachment in
                let reference = AttachmentReference(
                    containerID: attachment.containerID.rawValue, ifname: attachment.interface.rawValue)
                return attachment.network == request.network && !valid.contains(reference)
            }
            return .done
        case .status: return .done
        }
    }

    private func give(_ addition: AgentRequest.Addition, isPlan: Bool) -> AgentAnswer.Content {
        state.withLock { state in
            if let old = state.given.first(where: { $0.attachment == addition.attachment }) {
                return .attachment(old.what)
            }
            let number = (0...).first { number in !state.given.contains { $0.number == number } } ?? 0
            guard let what = pool(number, addition) else {
                return .failure(CNIError(.tryAgainLater, "no address is free"))
            }
            if isPlan { return .attachment(what) }
            state.given.append((addition.attachment, number, what))
            try? File.create(path(of: addition.attachment), [], mode: 0o600)
            return .attachment(what)
        }
    }

    private func release(where isGone: (CNITypes.Attachment) -> Bool) {
        state.withLock { state in
            for entry in state.given where isGone(entry.attachment) { unlink(path(of: entry.attachment)) }
            state.given.removeAll { isGone($0.attachment) }
        }
    }

    /// Forgets what it has given a container, which it has not told of.
    func forget(_ container: String) throws { release { $0.containerID.rawValue == container } }

    private func path(of attachment: CNITypes.Attachment) -> String {
        "\(folder)/given:\(attachment.containerID):\(attachment.interface)"
    }

    private func readNotes() {
        guard let gone = try? notes.all() else { return }
        for attachment in gone {
            release { $0 == attachment }
            try? notes.remove(attachment)
        }
    }
}
