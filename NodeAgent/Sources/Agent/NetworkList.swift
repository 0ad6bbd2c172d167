// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
public import Logging
public import NodeAgentCore
internal import NodeAgentStatus

/// The network configuration list that an agent writes for the container runtime once pods can be attached: kubelet takes
/// the node for ready as soon as there is one.
public struct NetworkList: Hashable, Sendable {
    /// The file's content, as it is.
    public let content: [UInt8]
    /// Where the runtime looks for it: `/etc/cni/net.d/10-vpc.conflist`.
    public let path: String

    /// Reads a configuration list.
    ///
    /// - Parameters:
    ///   - source: The file to read, such as one of a ConfigMap's.
    ///   - path: Where it is written to.
    ///   - plugin: The type of the agent's plugin, which the list has to name.
    /// - Throws: ``AgentError/Code/notConfigured`` for a file that is no list, and for one without the plugin.
    public init(reading source: String, for path: String, naming plugin: String) throws(AgentError) {
        content = try InputFile.content(of: source)
        self.path = path
        do throws(CNIError) {
            let list = try NetworkConfigurationList(json: JSON(parsing: content))
            guard list.plugins.contains(where: { $0["type"]?.string == plugin }) else {
                throw CNIError(.invalidConfiguration, "none of its plugins is \(plugin)")
            }
        } catch {
            throw AgentError(.notConfigured, "\(source): \(error.message)")
        }
    }

    /// Writes the list as soon as the agent is ready, in one step: a reader finds the old list or the new one.
    ///
    /// It stays when the agent ends, since pods do.
    ///
    /// Returns when it is written, or when the task is cancelled.
    ///
    /// - Parameter isReady: Whether pods can be attached; asked several times a second.
    public func publish(logger: Logger, when isReady: () async -> Bool) async {
        while !Task.isCancelled {
            if await isReady() {
                do throws(AgentError) {
                    // Anyone may read it; a user who could write it would run commands as root.
                    try RecordFile(path: path).write(content, mode: 0o644)
                    return logger.notice("network configuration list written", metadata: ["path": "\(path)"])
                } catch {
                    logger.error(
                        "cannot write the network configuration list", metadata: ["reason": "\(error)"])
                    do { try await Task.sleep(for: .seconds(5)) } catch { return }
                }
            }
            do { try await Task.sleep(for: .milliseconds(200)) } catch { return }
        }
    }
}
