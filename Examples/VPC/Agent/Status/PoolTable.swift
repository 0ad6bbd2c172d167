// SPDX-License-Identifier: Apache-2.0

package import CNITypes

/// The pool as text for people, from its JSON page.
package enum PoolTable {
    package static func text(_ pool: JSON) -> String {
        if let waiting = pool["waitingFor"]?.string { return "waiting for \(waiting)\n" }
        var lines: [String] = []
        let addresses = pool["addresses"]
        func number(_ key: String) -> String { "\(addresses?[key]?.int ?? 0)" }
        lines.append(
            "node \(pool["node"]?.string ?? "") (\(pool["type"]?.string ?? "")), max-pods \(pool["maxPods"]?.int ?? 0)"
                + (pool["kubeletMaxPods"]?.int.map { ", kubelet \($0)" } ?? ""))
        lines.append(
            "addresses \(number("total")): \(number("assigned")) assigned, \(number("free")) free,"
                + " \(number("coolingOrHeld")) cooling or held")
        for eni in pool["enis"]?.array ?? [] { lines += text(ofENI: eni) }
        for (title, key) in [("waiting", "waiting"), ("under way", "operations"), ("back-off", "backoffs")] {
            for entry in pool[key]?.array ?? [] { lines.append("\(title): \(entry.string ?? "")") }
        }
        if let failure = pool["lastFailure"]?.string { lines.append("last failure: \(failure)") }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func text(ofENI eni: JSON) -> [String] {
        let notes = [eni["reason"]?.string, eni["owner"]?.string, eni["defect"]?.string].compactMap { $0 }
        var lines = [
            "\(eni["id"]?.string ?? "") index \(eni["deviceIndex"]?.int ?? 0) \(eni["subnet"]?.string ?? "")"
                + " \(eni["role"]?.string ?? "") \(eni["status"]?.string ?? "")"
                + (notes.isEmpty ? "" : ": \(notes.joined(separator: ", "))")
        ]
        for block in eni["blocks"]?.array ?? [] {
            let used = block["used"]?.array ?? []
            if block["prefix"]?.string?.hasSuffix("/32") != true {
                lines.append("  \(block["prefix"]?.string ?? "") \(block["free"]?.int ?? 0) free")
            }
            for entry in used {
                let who = entry["pod"]?.string ?? entry["attachment"]?.string ?? entry["holder"]?.string ?? ""
                lines.append("  \(entry["address"]?.string ?? "") \(entry["state"]?.string ?? "") \(who)")
            }
        }
        return lines
    }
}
