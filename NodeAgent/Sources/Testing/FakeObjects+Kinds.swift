// SPDX-License-Identifier: Apache-2.0

internal import CNITypes

extension FakeObjects {
    /// Creates or replaces a node.
    ///
    /// - Parameter padding: How many bytes it has besides, as nodes have of images.
    public func put(
        _ name: String, podCIDRs: [String], annotations: [String: String] = [:], padding: Int = 0
    ) {
        var object: JSON = [
            "metadata": ["annotations": .object(JSONObject(annotations.mapValues { .string($0) }))],
            "spec": [:], "status": ["conditions": [["type": "Ready", "status": "True"]]],
        ]
        // The API server leaves out what is empty.
        if let first = podCIDRs.first {
            object["spec"] = ["podCIDR": .string(first), "podCIDRs": JSON(podCIDRs)]
        }
        if padding > 0 {
            let image: JSON = ["names": [.string(String(repeating: "i", count: 200))], "sizeBytes": 1]
            object["status"]?["images"] = .array(Array(repeating: image, count: padding / 230))
        }
        put(name, object)
    }

    /// Creates or replaces a pod that is on a node.
    ///
    /// - Parameter pod: NAMESPACE/NAME.
    public func put(_ pod: String, onNode node: String) { put(pod, ["spec": ["nodeName": .string(node)]]) }
}

/// Which objects a list or a watch is of, as a query has it.
struct FakeSelection: Sendable {
    let namespace: String?
    private let fields: [(path: [String], value: String)]
    private let labels: [(key: String, value: String)]

    init(namespace: String?, _ query: [String: String]) {
        func pairs(_ text: String?) -> [(String, String)] {
            (text ?? "").split(separator: ",").compactMap {
                let words = $0.split(separator: "=").map(String.init)
                return words.count == 2 ? (words[0], words[1]) : nil
            }
        }
        self.namespace = namespace
        fields = pairs(query["fieldSelector"]).map { ($0.0.split(separator: ".").map(String.init), $0.1) }
        labels = pairs(query["labelSelector"])
    }

    func matches(_ object: JSON) -> Bool {
        if let namespace, object["metadata"]?["namespace"]?.string != namespace { return false }
        for (path, value) in fields {
            let found = path.reduce(Optional(object)) { $0?[$1] }
            if found?.string != value { return false }
        }
        return labels.allSatisfy { object["metadata"]?["labels"]?[$0.key]?.string == $0.value }
    }
}
