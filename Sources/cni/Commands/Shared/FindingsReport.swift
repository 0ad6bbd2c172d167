// SPDX-License-Identifier: Apache-2.0

internal import Doctor

/// What the doctor found, for a person: problems first.
struct FindingsReport {
    private let findings: [Finding]
    private let isVerbose: Bool
    private let mayFix: Bool

    /// - Parameter mayFix: Whether to point at `--fix`.
    init(_ findings: [Finding], isVerbose: Bool, mayFix: Bool) {
        self.findings = findings
        self.isVerbose = isVerbose
        self.mayFix = mayFix
    }

    func print() {
        group("Problems", .problem, .red)
        group("Warnings", .warning, .yellow)
        if isVerbose { group("In order", .ok, .green) }
        let problems = count(.problem)
        let warnings = count(.warning)
        if problems + warnings == 0 {
            Console.output.line("\("all is well", .green): \(count(.ok)) examinations found nothing")
        } else {
            let counts = [
                problems == 1 ? "1 problem" : "\(problems) problems",
                warnings == 1 ? "1 warning" : "\(warnings) warnings",
            ]
            Console.output.line("\(counts.joined(separator: ", ")); \(count(.ok)) examinations found nothing")
        }
        if mayFix, findings.contains(where: \.isSafeToFix) {
            Console.output.line("`cni doctor --fix` does what is marked with *")
        }
    }

    private func count(_ severity: Finding.Severity) -> Int { findings.count { $0.severity == severity } }

    private func group(_ title: String, _ severity: Finding.Severity, _ style: StyledText.Style) {
        let group = findings.filter { $0.severity == severity }
        if group.isEmpty { return }
        Console.output.line("\(title, .bold)")
        for finding in group {
            Console.output.line("  \(finding.title, style) \("[\(finding.id)]", .faint)")
            if severity == .ok { continue }
            let width = min(Console.output.columns ?? 100, 100) - 6
            for line in finding.explanation.wrapped(to: max(34, width)) {
                Console.output.line("      \(line)")
            }
            if let remedy = finding.remedy {
                Console.output.line("    \(finding.isSafeToFix ? "*" : " ") \("$", .faint) \(remedy, .bold)")
            }
        }
        Console.output.line()
    }
}

extension String {
    /// The words of a text in lines of at most so many columns, or of one longer word.
    fileprivate func wrapped(to columns: Int) -> [String] {
        var lines: [String] = []
        for word in split(whereSeparator: \.isWhitespace) {
            if let last = lines.last, last.unicodeScalars.count + 1 + word.unicodeScalars.count <= columns {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }
}
