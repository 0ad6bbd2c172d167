// SPDX-License-Identifier: Apache-2.0

internal import CTunnelShims
internal import LinuxCore
internal import Namespaces

/// A machine that is nobody's instance: a namespace for what a service has in a VPC, which goes with this.
public final class ServiceMachine: Sendable {
    private let namespace: Descriptor

    /// Makes a namespace with only a loopback interface that is down.
    public init() throws(FabricError) {
        let made = try FabricError.wrapping { () throws(NamespaceError) in
            try NetworkNamespace.anonymous()
        }
        let result = try made.run { () throws(FabricError) in tunnel_open_own_namespace() }
        namespace = try FabricError.wrapping { () throws(SystemError) in
            try Descriptor("open a network namespace", result)
        }
    }

    /// The path for ``FabricState/Instance``, in this process.
    public var namespacePath: String { "/proc/self/fd/\(namespace.number)" }
}
