// SPDX-License-Identifier: Apache-2.0

import CNITypes
import Glibc
import LinuxCore

@testable import IPAM

/// A data directory of its own for a test, which goes with it.
final class World: Sendable {
    let directory: String

    /// In memory where that is possible, which is faster; both have unnamed files.
    init(in parent: String = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp") throws {
        var template = Array("\(parent)/swift-cni-ipam-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError(operation: "mkdtemp", errno: errno) }
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { Self.removeTree(directory) }

    static func removeTree(_ path: String) {
        for name in (try? Directory.names(in: path)) ?? [] where unlink("\(path)/\(name)") != 0 {
            removeTree("\(path)/\(name)")
        }
        rmdir(path)
    }

    var network: String { "\(directory)/net" }
    var index: String { "\(directory)/.attachments/net" }

    // MARK: What the plugin is called with

    /// host-local with the given members in `ipam`.
    func plugin(
        _ ipam: JSON = ["subnet": "10.1.2.0/29"], version: String = "1.0.0", name: String = "net",
        args: String = "", runtimeConfig: JSON? = nil, cniArgs: JSON? = nil, boot: String = "boot-1"
    ) throws -> HostLocal {
        let configuration = try configuration(
            ipam, version: version, name: name, runtimeConfig: runtimeConfig, cniArgs: cniArgs)
        return try HostLocal(
            configuration: configuration, arguments: CNIArguments(parsing: args), boot: .fixed(boot))
    }

    func configuration(
        _ ipam: JSON, version: String = "1.0.0", name: String = "net", runtimeConfig: JSON? = nil,
        cniArgs: JSON? = nil
    ) throws -> NetworkConfiguration {
        var ipam = ipam
        if ipam["dataDir"] == nil { ipam["dataDir"] = .string(directory) }
        ipam["type"] = "host-local"
        var document: JSON = ["name": .string(name), "type": "bridge", "cniVersion": .string(version)]
        document["ipam"] = ipam
        if let runtimeConfig { document["runtimeConfig"] = runtimeConfig }
        if let cniArgs { document["args"] = ["cni": cniArgs] }
        return try NetworkConfiguration(json: document)
    }

    // MARK: What is on disk

    /// The content of each lease file, by address.
    func leases() -> [String: String] {
        var leases: [String: String] = [:]
        for name in (try? Directory.names(in: network)) ?? [] where IPAddress(name) != nil {
            leases[name] = text("\(network)/\(name)")
        }
        return leases
    }

    /// Every file that is neither lease nor lock nor memory of the round robin nor stamp nor index file.
    func strays() -> [String] {
        let leases = ((try? Directory.names(in: network)) ?? []).filter {
            IPAddress($0) == nil && $0 != "lock" && !$0.hasPrefix("last_reserved_ip.")
        }
        let index = ((try? Directory.names(in: index)) ?? []).filter { $0 != "stamp" && $0.utf8.count != 32 }
        return leases + index
    }

    /// The names of the index files, but not the stamp.
    func indexFiles() -> [String] {
        ((try? Directory.names(in: index)) ?? []).filter { $0 != "stamp" }
    }

    func indexRecords() -> Set<LeaseRecord> {
        let files = try? AttachmentIndex(dataDirectory: directory, network: "net").open()
        return Set(files?.everything().records ?? [])
    }

    func text(_ path: String) -> String? {
        (try? File.read(path)).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Writes a file as the reference plugin does: not atomically.
    func write(_ name: String, _ content: String) throws {
        try Directory.create(network)
        let file = try OwnedFileDescriptor(
            opening: "\(network)/\(name)", O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
        if !content.isEmpty {
            try File.write(Array(content.utf8), to: file.rawValue, named: name)
        }
    }

    /// The index's records of leases that there are not, and the leases that it does not have.
    func indexErrors() -> [String] {
        let records = indexRecords()
        let leases = leases()
        let wrong = records.filter { Array((leases["\($0.address)"] ?? "").utf8) != $0.owner.leaseContent }
        let missing = leases.keys.filter { address in !records.contains { "\($0.address)" == address } }
        return wrong.map { "there is no \($0.line)" } + missing.map { "\($0) is not in the index" }
    }
}

func attachment(_ container: String, _ interface: String = "eth0") throws -> Attachment {
    Attachment(
        network: try NetworkName("net"), containerID: try ContainerID(container),
        interface: try InterfaceName(interface))
}

extension HostLocal {
    /// ADD, as the texts of the addresses alone.
    func addresses(_ container: String, _ interface: String = "eth0") throws -> [String] {
        try add(attachment(container, interface)).ips.map { "\($0.address.address)" }
    }
}
