// SPDX-License-Identifier: Apache-2.0

public import CNITesting
internal import Glibc

/// Prometheus' own judgement of metrics.
public enum Prometheus {
    /// Where promtool(1) is: what the variable PROMTOOL says, or else where Debian's package prometheus has it.
    public static let promtool: String = {
        let path = getenv("PROMTOOL").map { String(cString: $0) } ?? ""
        return path.isEmpty ? "/usr/bin/promtool" : path
    }()

    /// Has promtool read metrics; throws what it finds wrong, also its advice.
    public static func check(_ text: String, in folder: TemporaryFolder) throws {
        let file = try folder.write("metrics", text)
        let script = "exec \(promtool) check metrics < \(file)"
        let findings = try Program.run(["/bin/sh", "-c", script], in: folder)
        guard findings.isEmpty else { throw Program.Failure(description: findings) }
    }
}
