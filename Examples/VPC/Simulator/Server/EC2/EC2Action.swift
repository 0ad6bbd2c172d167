// SPDX-License-Identifier: Apache-2.0

import VPCModel

/// One of the calls that are offered: how its parameters are read, what it does, how its answer is written.
struct EC2Action: Sendable {
    /// The name, such as `CreateNetworkInterface`.
    let name: String
    /// Reads, does and writes; what it writes goes into the answer's element.
    let run: @Sendable (inout QueryParameters, inout Region, Caller) throws(EC2Error) -> XMLWriter

    /// Who calls when.
    struct Caller: Sendable {
        let principal: Principal
        let time: Timestamp
    }

    init<Call: Operation>(
        _ name: String, read: @escaping @Sendable (inout QueryParameters, Region) throws(EC2Error) -> Call,
        write: @escaping @Sendable (inout XMLWriter, Call.Answer, Call, Region) -> Void
    ) {
        self.name = name
        run = { (parameters, region, caller) throws(EC2Error) in
            let call = try read(&parameters, region)
            try parameters.checkAllAsked()
            let answer = try region.perform(
                call, by: caller.principal, dryRun: parameters.isDryRun, at: caller.time)
            var writer = XMLWriter()
            write(&writer, answer, call, region)
            return writer
        }
    }

    /// A call that answers only that it is done.
    init<Call: Operation>(
        done name: String, read: @escaping @Sendable (inout QueryParameters, Region) throws(EC2Error) -> Call
    ) where Call.Answer == Void {
        self.init(name, read: read) { writer, _, _, _ in writer.element("return", true) }
    }

    /// All calls by name.
    static let all: [String: EC2Action] = {
        let actions =
            interfaceActions + addressActions + networkActions + groupActions + instanceActions + tagActions
        return Dictionary(actions.map { ($0.name, $0) }) { first, _ in first }
    }()
}
