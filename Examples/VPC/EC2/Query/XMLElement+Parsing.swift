// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import XMLCoder

extension XMLElement {
    /// Reads a document.
    ///
    /// - Throws: ``Mistake`` for what is not XML, nested too deep, has too many elements, or a document type.
    init(parsing bytes: [UInt8]) throws(Mistake) {
        let root = try XMLOutline(bytes).root
        let tree: Tree
        do {
            // Trimming would take blanks from the middle of texts, too, where an entity is beside them.
            tree = try XMLDecoder(trimValueWhitespaces: false, removeWhitespaceElements: true)
                .decode(Tree.self, from: Data(bytes))
        } catch {
            throw Mistake(path: "", reason: "not XML: \(String(describing: error).prefix(200))")
        }
        self = tree.element(root)
    }

    /// An element as XMLCoder decodes it: by name, whatever it is.
    private struct Tree: Decodable {
        struct Name: CodingKey {
            let stringValue: String
            var intValue: Int? { nil }

            init?(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        private var text = ""
        private var children: [(name: String, elements: [Tree])] = []

        init(from decoder: any Decoder) throws {
            guard let container = try? decoder.container(keyedBy: Name.self) else {
                text = try decoder.singleValueContainer().decode(String.self)
                return
            }
            var names: Set<String> = []
            for key in container.allKeys where names.insert(key.stringValue).inserted {
                if key.stringValue.isEmpty {
                    text = try container.decode(String.self, forKey: key)
                } else {
                    children.append((key.stringValue, try container.decode([Tree].self, forKey: key)))
                }
            }
        }

        func element(_ name: String) -> XMLElement {
            var elements: [String: [XMLElement]] = [:]
            for child in children { elements[child.name] = child.elements.map { $0.element(child.name) } }
            return XMLElement(name: name, text: text, children: elements)
        }
    }
}
