// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import LinuxCore
internal import Namespaces
internal import Netlink

/// One thing to look at.
protocol Examination: Sendable {
    /// What its findings go by.
    var id: String { get }
    /// What is so on a healthy machine, in words that follow "whether".
    var healthy: String { get }

    /// What is wrong.
    func findings(in survey: Survey) throws(Obstacle) -> [Finding]
}

/// Why something could not be looked at.
struct Obstacle: Error {
    let reason: String
}

extension Obstacle: NamespaceFailure {
    init(_ error: NamespaceError) { reason = error.description }
    init(_ error: SystemError) { reason = error.description }
    init(_ error: NetlinkError) { reason = error.description }
}

/// Runs what reads files; nil for what is not there.
func looking<Value>(_ body: () throws(SystemError) -> Value) throws(Obstacle) -> Value? {
    do throws(SystemError) {
        return try body()
    } catch {
        if error.errno == ENOENT || error.errno == ENOTDIR { return nil }
        throw Obstacle(error)
    }
}

/// Runs what talks to the kernel.
func asking<Value>(_ body: () throws(NetlinkError) -> Value) throws(Obstacle) -> Value {
    do throws(NetlinkError) {
        return try body()
    } catch {
        throw Obstacle(error)
    }
}
