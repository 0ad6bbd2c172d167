// SPDX-License-Identifier: Apache-2.0

extension Request {
    /// Another plugin, for the same attachment and with a configuration that this plugin has made.
    ///
    /// That there is no such plugin is said when it is called.
    ///
    /// - Parameters:
    ///   - network: What it reads, of which `type` is its name: that of the first regular file in a folder of CNI_PATH. For
    ///     CHECK and DEL it wants the `prevResult` of this plugin's own configuration in it.
    ///   - place: What in this plugin's configuration names it, for errors.
    public func delegate(_ network: NetworkConfiguration, at place: JSONPath = "delegate.type") -> Delegate {
        Delegate(network, of: plugin, invocation, at: place)
    }
}

extension NetworkRequest {
    /// Another plugin, for the same network and with a configuration that this plugin has made.
    ///
    /// That there is no such plugin is said when it is called.
    ///
    /// - Parameters:
    ///   - network: What it reads, of which `type` is its name: that of the first regular file in a folder of CNI_PATH. A GC
    ///     wants the `cni.dev/valid-attachments` of this plugin's own configuration in it.
    ///   - place: What in this plugin's configuration names it, for errors.
    public func delegate(_ network: NetworkConfiguration, at place: JSONPath = "delegate.type") -> Delegate {
        Delegate(network, of: plugin, invocation, at: place)
    }
}

extension Delegate {
    fileprivate convenience init(
        _ network: NetworkConfiguration, of caller: String, _ invocation: Invocation, at place: JSONPath
    ) {
        var invocation = invocation
        invocation.input = []
        self.init(type: network.type, caller: caller, invocation: invocation, network: network, at: place)
    }
}
