// SPDX-License-Identifier: Apache-2.0

internal import CNITypes

/// The diagnostics of one document so far.
struct Report {
    /// How many warnings of one kind are listed; the others are counted.
    static let limit = 100

    let outline: JSONOutline
    private let lines: LineStarts
    private var diagnostics: [Diagnostic] = []

    init(text: [UInt8], outline: JSONOutline) {
        lines = LineStarts(text)
        self.outline = outline
    }

    /// The diagnostics in the order of the text, each once.
    var sorted: [Diagnostic] {
        var seen: Set<Diagnostic> = []
        let start = TextPosition(offset: 0, in: [])
        return diagnostics.filter { seen.insert($0).inserted }.enumerated().sorted { one, other in
            let (first, second) = (one.element.position ?? start, other.element.position ?? start)
            return first == second ? one.offset < other.offset : first < second
        }.map(\.element)
    }

    mutating func add(_ mistakes: [MistakeSearch.Mistake], at path: JSONPath = JSONPath()) {
        for mistake in mistakes {
            add(.error, path.appending(mistake.path), mistake.text)
        }
    }

    mutating func warn(_ path: JSONPath, _ text: String) { add(.warning, path, text) }

    /// Adds what a plugin's checker advises against.
    mutating func add(advice checker: ConfigurationChecker, on configuration: JSON, at path: JSONPath) {
        let network: NetworkConfiguration
        do throws(CNIError) {
            network = try NetworkConfiguration(json: configuration)
        } catch {
            return  // there are errors to mend first
        }
        for advice in checker.advice(network) {
            let place = ErrorPlace(advice, in: configuration)
            warn(path.appending(place?.path ?? JSONPath()), place?.text ?? advice.message)
        }
    }

    /// Adds unknown keys of one object or what is in it: the first ones each, of the others how many there are.
    mutating func add(
        unknown: [KnownKeys.Unknown], at path: JSONPath = JSONPath(),
        _ text: String = "no plugin here reads this key", others: String = "keys that no plugin here reads"
    ) {
        // Of an object with many keys, the place of each is looked up once.
        var holder: JSONPath?
        var offsets: [String: Int] = [:]
        for key in unknown.prefix(Self.limit) {
            let full = path.appending(key.path)
            guard let last = full.last, case .member(let name) = last.step else { continue }
            if holder != last.parent {
                (holder, offsets) = (last.parent, outline.keyOffsets(in: last.parent))
            }
            let offset = offsets[name] ?? outline.nearest(full).offset
            append(.warning, full, text, offset: offset, key.suggestion())
        }
        let rest = unknown.count - Self.limit
        if rest > 0 { warn(path, "\(rest) more \(others)") }
    }

    /// Adds keys that an object has twice, or in two spellings: only one of them counts.
    mutating func addRepeatedKeys() {
        var count = 0
        addRepeatedKeys(outline, JSONPath(), &count)
        if count > Self.limit { warn(JSONPath(), "\(count - Self.limit) more keys given twice") }
    }

    private mutating func addRepeatedKeys(_ outline: JSONOutline, _ path: JSONPath, _ count: inout Int) {
        switch outline.content {
        case .scalar: return
        case .elements(let elements):
            for (index, element) in elements.enumerated() {
                addRepeatedKeys(element, path.element(index), &count)
            }
        case .members(let members):
            var first: [String: String] = [:]
            for member in members {
                let key = member.key.lowercased()
                if let other = first.updateValue(member.key, forKey: key) {
                    count += 1
                    if count <= Self.limit {
                        let text =
                            other == member.key
                            ? "given twice; only the last one counts"
                            : "given as \"\(other)\", too; only one counts"
                        append(.warning, path.member(member.key), text, offset: member.offset, nil)
                    }
                }
                addRepeatedKeys(member.value, path.member(member.key), &count)
            }
        }
    }

    private mutating func add(_ severity: Diagnostic.Severity, _ path: JSONPath, _ message: String) {
        append(severity, path, message, offset: outline.nearest(path).offset, nil)
    }

    private mutating func append(
        _ severity: Diagnostic.Severity, _ path: JSONPath, _ message: String, offset: Int,
        _ suggestion: String?
    ) {
        diagnostics.append(
            Diagnostic(
                severity: severity, path: path,
                position: lines.position(of: offset), message: message, suggestion: suggestion))
    }
}

extension Diagnostic {
    static func syntax(_ error: JSONSyntaxError) -> Diagnostic {
        Diagnostic(
            severity: .error, path: JSONPath(), position: error.position,
            message: "not JSON: \(error.reason)",
            suggestion: nil)
    }
}
