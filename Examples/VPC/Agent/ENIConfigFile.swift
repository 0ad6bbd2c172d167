// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import Logging
internal import NodeAgentCore

/// The ENIConfigs of a file, for nodes without Kubernetes' objects: by zones' names, else `default`.
///
///     {"eu-central-1a": {"subnet": "subnet-0a1b", "securityGroups": ["sg-1"]}, "default": {"subnet": "subnet-0c2d"}}
struct ENIConfigFile: Sendable {
    let path: String

    /// Names a file, which has to be one by then.
    ///
    /// - Throws: ``AgentError/Code/notConfigured`` with what is wrong.
    init(_ path: String) throws(AgentError) {
        self.path = path
        _ = try configs()
    }

    /// What the file says now; it is read each time, so that a new one counts without a restart.
    func configs() throws(AgentError) -> [String: ENIConfig] {
        let content = try InputFile.content(of: path)
        var configs: [String: ENIConfig] = [:]
        do throws(CNIError) {
            guard let object = try JSON(parsing: content).object else {
                throw CNIError(.decodingFailure, "not a JSON object")
            }
            for (name, value) in object {
                do throws(CNIError) {
                    configs[name] = try ENIConfig(value)
                } catch {
                    throw CNIError(.invalidConfiguration, "\"\(name)\": \(error.message)")
                }
            }
        } catch {
            throw AgentError(.notConfigured, "\(path): \(error.message)")
        }
        return configs
    }
}

extension Upkeep {
    /// Has ENIs made where the file says.
    func use(_ file: ENIConfigFile) async {
        do throws(AgentError) {
            let configs = try file.configs()
            guard
                let (name, config) = configs[node.zone].map({ (node.zone, $0) })
                    ?? configs["default"].map({ ("default", $0) })
            else {
                return agent.logger.error(
                    "no ENIConfig is for this node",
                    metadata: ["path": "\(file.path)", "zone": "\(node.zone)"])
            }
            if let problem = await keeper.use(config, named: name) { agent.logger.error("\(problem)") }
        } catch {
            agent.logger.error("ENIConfigs cannot be read", metadata: ["reason": "\(error)"])
        }
    }
}
