// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import Logging
package import NodeAgentCore
internal import NodeAgentStatus

/// The network configuration that the container runtime gets from the agent, once addresses can be given: with it kubelet
/// takes the node for ready.
package struct NetworkList: Hashable, Sendable {
    /// The file's content, as it is.
    package let content: [UInt8]
    /// Where the runtime looks for it: `/etc/cni/net.d/10-vpc.conflist`.
    package let path: String

    /// Takes a configuration from a file.
    ///
    /// - Throws: ``AgentError/Code/notConfigured`` for a file that is none, and for one without `vpc-eni`.
    package init(of source: String, for path: String) throws(AgentError) {
        content = try InputFile.content(of: source)
        self.path = path
        do throws(CNIError) {
            let list = try NetworkConfigurationList(json: JSON(parsing: content))
            guard list.plugins.contains(where: { $0["type"]?.string == "vpc-eni" }) else {
                throw CNIError(.invalidConfiguration, "no plugin of it is vpc-eni")
            }
        } catch {
            throw AgentError(.notConfigured, "\(source): \(error.message)")
        }
    }

    /// Writes it as soon as the agent is ready, so that a reader finds the old one or the new one; it stays when the agent
    /// ends, since pods do.
    func publish(when board: AgentBoard, logger: Logger) async {
        while !Task.isCancelled {
            if await board.readiness.problems.isEmpty {
                do throws(AgentError) {
                    // Everybody may read it, and who else could write to it gives root's commands.
                    try RecordFile(path: path).write(content, mode: 0o644)
                    return logger.notice("network configuration written", metadata: ["path": "\(path)"])
                } catch {
                    logger.error("cannot write the network configuration", metadata: ["reason": "\(error)"])
                    do { try await Task.sleep(for: .seconds(5)) } catch { return }
                }
            }
            do { try await Task.sleep(for: .milliseconds(200)) } catch { return }
        }
    }
}
