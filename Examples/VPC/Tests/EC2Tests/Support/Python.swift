// SPDX-License-Identifier: Apache-2.0

import CNITesting
import Glibc
import NodeAgentTesting
import Testing

/// Python, where AWS's own client is a referee, and moto a server.
enum Python {
    private static let inherited = ["PATH", "HOME"].compactMap { (name: String) -> String? in
        getenv(name).map { "\(name)=\(String(cString: $0))" }
    }

    /// Starts a program; its output goes to a file.
    static func start(_ words: [String], output: String, environment: [String] = []) throws -> Program {
        try Program(["python3"] + words, output: output, environment: inherited + environment)
    }

    /// Runs a script, and returns what it prints.
    static func run(_ script: String, _ words: [String] = []) throws -> String {
        try Program.run(["python3", "-c", script] + words, in: TemporaryFolder(), environment: inherited)
    }

    /// Whether a module can be imported.
    static func has(_ module: String) -> Bool { (try? run("import \(module)")) != nil }

    static let hasBotocore = has("botocore")
    static let hasMoto = has("moto.server")
}

extension Trait where Self == ConditionTrait {
    /// Skips where AWS's Python library is not installed.
    static var needsBotocore: Self { .enabled("needs python3 with botocore") { Python.hasBotocore } }

    /// Skips where moto's server is not installed.
    static var needsMoto: Self { .enabled("needs python3 with moto") { Python.hasMoto } }
}
