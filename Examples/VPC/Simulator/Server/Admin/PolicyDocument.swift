// SPDX-License-Identifier: Apache-2.0

import CNITypes
import VPCModel

/// Reads policies as IAM writes them.
enum PolicyDocument {
    static func read(_ fields: DocumentFields) throws(DocumentError) -> Policy {
        var fields = fields
        _ = try fields.text("Version")
        _ = try fields.text("Id")
        // One statement may stand without a list.
        let list: [DocumentFields]
        if case .object? = fields.value("Statement") {
            list = try [fields.object("Statement")].compactMap { $0 }
        } else {
            list = try fields.objects("Statement")
        }
        try fields.finish()
        var statements: [Policy.Statement] = []
        for statement in list { statements.append(try read(statement: statement)) }
        return Policy(statements: statements)
    }

    private static func read(statement: DocumentFields) throws(DocumentError) -> Policy.Statement {
        var fields = statement
        _ = try fields.text("Sid")
        let effect = try fields.required("Effect")
        guard effect == "Allow" || effect == "Deny" else {
            throw fields.error("Effect", "expected Allow or Deny")
        }
        let (actions, resources) = (try fields.texts("Action"), try fields.texts("Resource"))
        guard !actions.isEmpty else { throw fields.error("Action", "missing") }
        guard !resources.isEmpty else { throw fields.error("Resource", "missing") }
        var conditions: [PolicyCondition] = []
        if var block = try fields.object("Condition") {
            for name in block.keys {
                guard var keys = try block.object(name) else { continue }
                for key in keys.keys {
                    let isOn = keys.value(key)?.bool
                    let values = if let isOn { ["\(isOn)"] } else { try keys.texts(key) }
                    conditions.append(try condition(name, key: key, values: values, at: block))
                }
            }
        }
        try fields.finish()
        return Policy.Statement(
            allows: effect == "Allow", actions: actions, resources: resources, conditions: conditions)
    }

    private static func condition(
        _ name: String, key: String, values: [String], at fields: DocumentFields
    ) throws(DocumentError) -> PolicyCondition {
        var operation = name[...]
        let forAll = operation.hasPrefix("ForAllValues:")
        if let colon = operation.firstIndex(of: ":") {
            operation = operation[operation.index(after: colon)...]
        }
        let ifExists = operation.hasSuffix("IfExists")
        if ifExists { operation = operation.dropLast("IfExists".count) }
        guard let comparison = PolicyCondition.Comparison(rawValue: String(operation)) else {
            let known = PolicyCondition.Comparison.allCases.map(\.rawValue).joined(separator: ", ")
            throw fields.error(name, "unknown operator; known here: \(known)")
        }
        return PolicyCondition(
            comparison, key: key, values: values, ifExists: ifExists, forAllValues: forAll)
    }
}
