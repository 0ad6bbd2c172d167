// SPDX-License-Identifier: Apache-2.0

internal import AddressPool
internal import CNITypes
internal import Logging
internal import NodeAgentCore

extension PoolKeeper {
    /// Has what the node has been written down from now on, for a start while EC2 does not answer.
    func keepRecord(in file: RecordFile) {
        recordFile = file
        record()
    }

    /// Writes down what the node has, if that is another than before.
    ///
    /// Before something is given back to EC2, too: what may be gone is not given by the next agent.
    func record() {
        guard let recordFile, pool.enis.contains(where: \.isPrimary) else { return }
        let record = NodeRecord(boot: NodeBoot.id, node: operations.node, enis: pool.inventory)
        let content = Array(record.json.serialized().utf8)
        if content == lastRecord { return }
        do throws(AgentError) {
            // Of no use past a boot.
            try recordFile.write(content, durably: false)
            lastRecord = content
        } catch {
            logger.warning("cannot write what the node has", metadata: ["reason": "\(error)"])
        }
    }
}

extension NodeRecord {
    /// The record of this boot; nil if there is none, or if it cannot be used.
    static func read(_ file: RecordFile, now: Moment, logger: Logger) -> NodeRecord? {
        do {
            guard let document = try file.json() else { return nil }
            let record = try NodeRecord(document, now: now)
            return record.boot == NodeBoot.id ? record : nil
        } catch {
            logger.warning(
                "record of the node is left out", metadata: ["path": "\(file.path)", "reason": "\(error)"])
            return nil
        }
    }
}
