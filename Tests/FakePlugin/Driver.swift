// SPDX-License-Identifier: Apache-2.0

import CNIRuntime
import Glibc
import LinuxCore

/// A runtime in a process of its own: does what the JSON document in FAKE_DRIVER says, and prints the error.
func drive(_ environment: [String: String]) async -> CInt {
    do {
        let order = try JSON(parsing: environment["FAKE_DRIVER"] ?? "")
        var inherited = environment
        inherited["FAKE_DRIVER"] = nil
        let runtime = Runtime(
            pluginFolders: (order["plugins"]?.array ?? []).compactMap(\.string),
            cache: ResultCache(directory: order["cache"]?.string ?? ""), environment: inherited)
        let network = try NetworkConfigurationList(json: order["network"] ?? .null)
        var request = try AttachmentRequest(
            containerID: order["container"]?.string ?? "none",
            namespacePath: order["netns"]?.string ?? "/proc/self/ns/net")
        request.capabilities = order["capabilities"]?.object ?? [:]
        switch order["command"]?.string {
        case "ADD":
            let result = try await runtime.add(network, request).json(version: .current)
            try File.write(Array(result.serialized().utf8), to: 1, named: "stdout")
        case "CHECK": try await runtime.check(network, request)
        case "DEL": try await runtime.delete(network, request)
        case "GC":
            let valid = (order["valid"]?.array ?? []).compactMap(\.string)
            try await runtime.collect(
                network, valid: valid.map { AttachmentReference(containerID: $0, ifname: "eth0") })
        default: return 2
        }
        return 0
    } catch {
        try? File.write(Array("\(error)".utf8), to: 1, named: "stdout")
        return 1
    }
}
