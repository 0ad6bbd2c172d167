// SPDX-License-Identifier: Apache-2.0

internal import CLinuxShims
internal import Glibc
internal import LinuxCore

/// An open handle on a network namespace, which lives at least as long as the handle.
///
/// See network_namespaces(7). A namespace belongs to a thread while a Swift task does not: nothing here
/// ever moves a thread of the caller's into a namespace.
public struct NetworkNamespace: ~Copyable, Sendable {
    /// Which namespace it is, regardless of the path it was opened by.
    public struct Identity: Hashable, Sendable {
        /// The device number of nsfs.
        public let device: UInt64
        /// The inode number that `readlink /proc/self/ns/net` shows.
        public let inode: UInt64
    }

    private let file: OwnedFileDescriptor

    private init(_ file: consuming OwnedFileDescriptor) {
        self.file = file
    }

    /// Opens a namespace by its path: `/run/netns/NAME`, `/proc/PID/ns/net` or `/proc/PID/fd/N`.
    public init(path: String) throws(NamespaceError) {
        let file: OwnedFileDescriptor
        do throws(SystemError) {
            // O_NONBLOCK: a FIFO in a namespace's place must not hang us.
            file = try OwnedFileDescriptor(opening: path, O_RDONLY | O_NONBLOCK)
        } catch {
            // A process that has ended answers ESRCH below its /proc directory.
            let gone = error.errno == ENOENT || error.errno == ENOTDIR || error.errno == ESRCH
            throw gone ? .gone(path: path) : .system(error)
        }
        guard swift_cni_is_namespace_file(file.rawValue),
            swift_cni_namespace_type(file.rawValue) == swift_cni_clone_newnet
        else { throw .notANamespace(path: path) }
        self.init(file)
    }

    /// The calling thread's namespace.
    public static func current() throws(NamespaceError) -> NetworkNamespace {
        try NetworkNamespace(path: currentPath)
    }

    private static let currentPath = "/proc/thread-self/ns/net"

    /// Whether a path leads to the calling thread's namespace; false if it leads nowhere.
    public static func isCurrent(path: String) -> Bool {
        do throws(SystemError) {
            return try FileStatus(of: path).identity == FileStatus(of: currentPath).identity
        } catch {
            return false
        }
    }

    /// A new namespace without a name, with only a loopback interface that is down.
    ///
    /// As unshare(2).
    public static func anonymous() throws(NamespaceError) -> NetworkNamespace {
        try NamespaceThread.run { () throws(NamespaceError) in
            do throws(SystemError) {
                try systemCall("unshare network namespace") { swift_cni_unshare_network() }
            } catch {
                throw NamespaceError.system(error)
            }
            return try NetworkNamespace.current().relinquish()
        }.adopted()
    }

    /// Which namespace this is.
    public var identity: Identity {
        get throws(NamespaceError) {
            do throws(SystemError) {
                let identity = try FileStatus(of: file.rawValue, named: "network namespace").identity
                return Identity(device: identity.device, inode: identity.inode)
            } catch {
                throw .system(error)
            }
        }
    }

    /// The descriptor's number, for netlink's IFLA_NET_NS_FD; valid while this handle lives.
    package var rawDescriptor: CInt { file.rawValue }

    /// Runs `body` in this namespace, on a thread made for the purpose, and waits for it.
    ///
    /// The thread ends with the closure, so there is no way back to fail and no thread of the process
    /// ever changes namespace. `body` is synchronous on purpose: past an `await`, a task may be on another
    /// thread, in another namespace. Costs 0.05 to 0.35 ms.
    public borrowing func run<Value, Failure: NamespaceFailure>(
        _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let descriptor = file.rawValue
        return try NamespaceThread.run { () throws(Failure) in
            do throws(SystemError) {
                try systemCall("enter network namespace") { swift_cni_setns_network(descriptor) }
            } catch {
                throw Failure(.system(error))
            }
            return try body()
        }
    }

    /// Opens something that stays in the namespace where it was opened, a socket, while the calling thread is in this one.
    ///
    /// For a few system calls that run nobody's code and start no thread. Costs a tenth of ``run(_:)``, and on a busy
    /// machine far less: a new thread waits for a processor, and its maker for one again. A thread that cannot come back
    /// ends the process.
    package borrowing func open<Value, Failure: NamespaceFailure>(
        _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let home: OwnedFileDescriptor
        do throws(SystemError) {
            home = try OwnedFileDescriptor(opening: Self.currentPath, O_RDONLY)
        } catch {
            throw Failure(.system(error))
        }
        let descriptor = file.rawValue
        do throws(SystemError) {
            try systemCall("enter network namespace") { swift_cni_setns_network(descriptor) }
        } catch {
            throw Failure(.system(error))
        }
        let result: Result<Value, Failure>
        do throws(Failure) {
            result = .success(try body())
        } catch {
            result = .failure(error)
        }
        Self.goBack(to: home.rawValue)
        return try result.get()
    }

    /// Whatever this thread did next in the wrong namespace would change a container's network for the host's.
    private static func goBack(to home: CInt) {
        guard swift_cni_setns_network(home) == 0 else {
            preconditionFailure("a thread cannot leave a container's namespace")
        }
    }

    private consuming func relinquish() -> RawDescriptor {
        RawDescriptor(value: file.relinquish())
    }

    /// A descriptor on its way between threads, which a `~Copyable` value cannot go.
    private struct RawDescriptor {
        let value: CInt

        func adopted() -> NetworkNamespace { NetworkNamespace(OwnedFileDescriptor(adopting: value)) }
    }
}
