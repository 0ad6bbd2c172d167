// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import LinuxCore

/// The right to operate on a network, or on one container on it, against all who share the cache folder.
///
/// Section 3 of the specification wants operations on one container one after the other, and GC of a network
/// while there is no other operation on it. One file has a lock for every network and container, by number:
///
///     network + container   each in its own region, at the hash of its name
///     turnstile             every operation on a network passes here first: GC holds it while it waits for
///                           those in there, so that newcomers cannot keep it out for ever
///
/// Always in this order: turnstile, network, container. Equal hashes make two wait that need not; they
/// cannot make a circle, for who has a container waits for nothing any more but, in GC, for one other
/// container whose holder waits for nothing.
///
/// Where that file cannot be written, nothing can be attached, but what is there must be detached: DEL, CHECK and GC
/// then have one lock for everything, on the folder itself.
final class OperationLock: Sendable {
    private enum Region: Int64 {
        case turnstile = 1
        case network = 2
        case container = 3

        func offset(of name: String) -> Int64 {
            // 40 bits of FNV-1a: the same in every process and every version.
            let hash = StableHash.number(name)
            return rawValue << 40 | Int64(truncatingIfNeeded: (hash ^ hash >> 40) & 0xff_ffff_ffff)
        }
    }

    private let range: RangeLock?
    private let folder: FileLock?

    private init(_ range: consuming RangeLock) {
        self.range = .some(consume range)
        folder = nil
    }

    private init(folder: consuming FileLock?) {
        range = nil
        self.folder = consume folder
    }

    /// Whether the cache has to be written afterwards; without that, a cache that cannot be is no hindrance.
    enum Need: Sendable {
        case writable, any
    }

    /// Waits until there is no operation on the container and no GC of the network.
    static func attachment(
        _ containerID: ContainerID, on network: NetworkName, in cache: ResultCache, _ need: Need = .any
    ) async throws(RuntimeError) -> OperationLock {
        let turnstile = Region.turnstile.offset(of: network.rawValue)
        return try await take(
            [
                .lock(turnstile, .shared), .lock(Region.network.offset(of: network.rawValue), .shared),
                .unlock(turnstile), .lock(Region.container.offset(of: containerID.rawValue), .exclusive),
            ], in: cache, need)
    }

    /// Waits until there is no operation on the network, and lets none begin.
    static func network(
        _ network: NetworkName, in cache: ResultCache
    ) async throws(RuntimeError) -> OperationLock {
        let turnstile = Region.turnstile.offset(of: network.rawValue)
        return try await take(
            [
                .lock(turnstile, .exclusive), .lock(Region.network.offset(of: network.rawValue), .exclusive),
                .unlock(turnstile),
            ], in: cache, .any)
    }

    /// Waits until there is no operation on the container, for who has its network already.
    func container(_ containerID: ContainerID, in cache: ResultCache) async throws(RuntimeError)
        -> OperationLock
    {
        // Without a file there is one lock for everything, which this is.
        if range == nil { return self }
        return try await Self.take(
            [.lock(Region.container.offset(of: containerID.rawValue), .exclusive)], in: cache, .any)
    }

    private enum Step: Sendable {
        case lock(Int64, RangeLock.Mode)
        case unlock(Int64)
    }

    /// Nearly always all can be had at once; only where there is something to wait for does a thread wait.
    private static func take(
        _ steps: [Step], in cache: ResultCache, _ need: Need
    ) async throws(RuntimeError) -> OperationLock {
        if Task.isCancelled { throw .cancelledWait }
        do throws(SystemError) {
            let range = try open(cache)
            // Closing the file gives back what it has got so far.
            if try tryAll(steps, on: range) { return OperationLock(range) }
        } catch  where need == .any && error.meansUnwritable {
            return try await onAbandonableThread { () throws(RuntimeError) in
                try withCache { () throws(SystemError) in OperationLock(folder: try lockFolder(of: cache)) }
            }
        } catch {
            throw RuntimeError(.cache, CNIError(.ioFailure, error.description))
        }
        return try await onAbandonableThread { () throws(RuntimeError) in
            try withCache { () throws(SystemError) in
                let range = try open(cache)
                for step in steps {
                    switch step {
                    case .lock(let offset, let mode): try range.lock(offset, mode)
                    case .unlock(let offset): try range.unlock(offset)
                    }
                }
                return OperationLock(range)
            }
        }
    }

    private static func open(_ cache: ResultCache) throws(SystemError) -> RangeLock {
        try Directory.create(cache.directory, mode: 0o700)
        return try RangeLock(path: cache.lockPath)
    }

    /// Waits for the lock on the folder; nil if there is none, in which nothing is that could be worked on.
    private static func lockFolder(of cache: ResultCache) throws(SystemError) -> FileLock? {
        do throws(SystemError) {
            return try FileLock(path: cache.directory)
        } catch  where error.errno == ENOENT {
            return nil
        }
    }

    /// Returns false at the first lock that cannot be had without waiting.
    private static func tryAll(_ steps: [Step], on range: borrowing RangeLock) throws(SystemError) -> Bool {
        for step in steps {
            switch step {
            case .lock(let offset, let mode): if try !range.tryLock(offset, mode) { return false }
            case .unlock(let offset): try range.unlock(offset)
            }
        }
        return true
    }

    private static func withCache<Value>(
        _ body: () throws(SystemError) -> Value
    ) throws(RuntimeError) -> Value {
        do throws(SystemError) {
            return try body()
        } catch {
            throw RuntimeError(.cache, CNIError(.ioFailure, error.description))
        }
    }
}

extension SystemError {
    /// Whether a file cannot be made or written, and will not be: the file system is read-only or full, or this
    /// process may not.
    var meansUnwritable: Bool { [EROFS, EACCES, EPERM, ENOSPC, EDQUOT].contains(self.errno) }
}
