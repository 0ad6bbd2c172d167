// SPDX-License-Identifier: Apache-2.0

public import CNITesting

/// Prometheus' own judgement of metrics.
public enum Prometheus {
    /// Has promtool(1) read metrics; throws what it finds wrong.
    public static func check(_ text: String, in folder: TemporaryFolder) throws {
        let file = try folder.write("metrics", text)
        let script = "exec /usr/bin/promtool check metrics < \(file)"
        let findings = try Program.run(["/bin/sh", "-c", script], in: folder)
        // It succeeds with advice, too.
        guard findings.isEmpty else { throw Program.Failure(description: findings) }
    }
}
