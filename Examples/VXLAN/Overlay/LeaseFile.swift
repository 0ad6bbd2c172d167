// SPDX-License-Identifier: Apache-2.0

public import CNITypes
internal import LinuxCore

/// A cluster in a file: flannel's configuration, and the leases by their names, as etcd would have them.
///
///     { "config": { "Network": "10.5.0.0/16" },
///       "subnets": { "10.5.34.0-24": { "PublicIP": "192.0.2.7", "BackendType": "vxlan", "BackendData": {…} } } }
///
/// Members and leases that are not understood stay as they are when the file is written anew.
public struct LeaseFile: Hashable, Sendable {
    private var document: JSON

    /// The largest file, in bytes: some 100,000 leases.
    private static let limit = 64 << 20

    /// Reads the content of a file.
    ///
    /// - Throws: ``CNIError/Code/decodingFailure`` with the path of the member.
    public init(parsing text: [UInt8]) throws(CNIError) {
        document = try JSON(parsing: text)
        let keys = JSONCursor(document, failingWith: .decodingFailure)
        try keys.requireObject()
        _ = try keys["subnets"].members()
    }

    /// Reads a file.
    ///
    /// - Throws: ``CNIError/Code/ioFailure``, or ``CNIError/Code/decodingFailure`` with the file's path.
    public init(reading path: String) throws(CNIError) {
        let content = try CNIError.wrapping { () throws(SystemError) in
            try File.read(path, limit: Self.limit)
        }
        do throws(CNIError) {
            try self.init(parsing: content)
        } catch {
            throw CNIError(.decodingFailure, "\(path): \(error.message)", details: error.details)
        }
    }

    /// The cluster's configuration.
    ///
    /// - Throws: ``CNIError/Code/invalidConfiguration`` with the path of the key.
    public func configuration() throws(CNIError) -> OverlayConfiguration {
        guard let configuration = document["config"] else {
            throw CNIError(.invalidConfiguration, at: "config", "missing")
        }
        do throws(CNIError) {
            return try OverlayConfiguration(json: configuration)
        } catch {
            throw error.within("config")
        }
    }

    /// What could be read of the leases, in the order of their names.
    public var entries: [(name: String, reading: LeaseReading)] {
        (document["subnets"]?.object ?? [:]).map { name, value in
            (name, LeaseReading(key: name, value: Array(value.serialized().utf8)))
        }
    }

    /// Puts a lease in, in the place of one of that name.
    public mutating func insert(_ lease: Lease) {
        // Written by us, it is JSON.
        do throws(CNIError) { set(lease.key, try JSON(parsing: lease.value)) } catch {}
    }

    /// Takes a lease out.
    public mutating func remove(_ key: SubnetKey) { set(key, nil) }

    private mutating func set(_ key: SubnetKey, _ value: JSON?) {
        var subnets = document["subnets"]?.object ?? [:]
        subnets[key.description] = value
        var members = document.object ?? [:]
        members["subnets"] = .object(subnets)
        document = .object(members)
    }

    /// The content of the file.
    public var text: [UInt8] { Array((document.serialized(indent: 2) + "\n").utf8) }

    /// Changes a file while nobody else does: reads it, and replaces it in one step if `body` changed anything.
    ///
    /// The lock is flock(2) on `PATH.lock` beside it, since the file itself is replaced.
    ///
    /// - Throws: What reading throws, ``CNIError/Code/ioFailure``, or what `body` throws.
    public static func update<Value>(
        _ path: String, _ body: (inout LeaseFile) throws(CNIError) -> Value
    ) throws(CNIError) -> Value {
        try update(path, holding: lock(of: path), body)
    }

    private static func lock(of path: String) throws(CNIError) -> FileLock {
        try CNIError.wrapping { () throws(SystemError) in
            try FileLock(path: "\(path).lock", creating: 0o644)
        }
    }

    private static func update<Value>(
        _ path: String, holding lock: borrowing FileLock,
        _ body: (inout LeaseFile) throws(CNIError) -> Value
    ) throws(CNIError) -> Value {
        let before = try LeaseFile(reading: path)
        var file = before
        let value = try body(&file)
        if file == before { return value }
        try CNIError.wrapping { () throws(SystemError) in
            try File.replace(path, file.text, mode: 0o644, durably: true)
        }
        return value
    }
}
