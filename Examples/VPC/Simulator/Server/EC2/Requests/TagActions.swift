// SPDX-License-Identifier: Apache-2.0

import VPCModel

extension EC2Action {
    /// The calls on tags.
    static let tagActions = [
        EC2Action(done: "CreateTags") { (parameters, _) throws(EC2Error) in
            var tags: [String: String] = [:]
            for item in parameters.items("Tag") {
                tags[try parameters.required(item + ".Key")] = parameters.text(item + ".Value") ?? ""
            }
            return CreateTags(resources: parameters.list("ResourceId"), tags: tags)
        },
        EC2Action(done: "DeleteTags") { (parameters, _) throws(EC2Error) in
            var tags: [(key: String, value: String?)] = []
            for item in parameters.items("Tag") {
                tags.append((try parameters.required(item + ".Key"), parameters.text(item + ".Value")))
            }
            return DeleteTags(resources: parameters.list("ResourceId"), tags: tags)
        },
        EC2Action("DescribeTags") { (parameters, _) throws(EC2Error) in
            DescribeTags(try parameters.describeRequest())
        } write: { writer, page, _, _ in
            writer.list("tagSet", page.items) { writer, tag in
                writer.element("resourceId", tag.resource)
                writer.element("resourceType", tag.resourceType)
                writer.element("key", tag.key)
                writer.element("value", tag.value)
            }
            writer.element("nextToken", page.nextToken)
        },
    ]
}
