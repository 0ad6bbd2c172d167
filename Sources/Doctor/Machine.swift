// SPDX-License-Identifier: Apache-2.0

/// Where on the machine to look.
///
/// The network looked at is that of the calling thread's network namespace, as is what is below
/// `/proc/sys/net`.
public struct Machine: Sendable {
    /// The mount point of proc(5).
    public var proc: String
    /// The folder of network configurations.
    public var configurationFolder: String
    /// The folder in which host-local keeps its leases where a configuration names no other.
    public var leasesFolder: String
    /// The folders in which runtimes look for plugins, in order.
    public var pluginFolders: [String]
    /// Where `/etc`, `/run` and `/usr` are that say which programs of the host's are switched on; empty for the root.
    public var root: String

    /// Describes a machine; without arguments, where everything usually is.
    public init(
        proc: String = "/proc", configurationFolder: String = "/etc/cni/net.d",
        leasesFolder: String = "/var/lib/cni/networks", pluginFolders: [String] = ["/opt/cni/bin"],
        root: String = ""
    ) {
        self.proc = proc
        self.configurationFolder = configurationFolder
        self.leasesFolder = leasesFolder
        self.pluginFolders = pluginFolders
        self.root = root
    }
}
