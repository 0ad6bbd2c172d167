// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import LinuxCore

/// What the runtime keeps on disk of each attachment, which CHECK, DEL and GC need.
///
/// One file, `results/<network>-<container ID>-<interface>`, for each attachment, as the reference
/// implementation has it: both find each other's. A file appears, with its whole content and on the disk, or not at all.
public struct ResultCache: Hashable, Sendable {
    /// The entries, and the files that are none.
    public struct Contents: Sendable {
        /// The entries, in the order of their files' names.
        public var entries: [CacheEntry]
        /// Files whose attachment is unknown: damaged ones, such as empty ones after a power cut, and
        /// bare results without the attachment's parts.
        public var problems: [Problem]
    }

    /// The folder, with `results` in it.
    public let directory: String

    /// Names a folder, which need not be there yet.
    public init(directory: String = "/var/lib/cni") { self.directory = directory }

    var resultsPath: String { "\(directory)/results" }
    var lockPath: String { "\(directory)/runtime.lock" }

    /// The file of an attachment.
    public func path(of attachment: Attachment) -> String { "\(resultsPath)/\(Self.name(of: attachment))" }

    private static func name(of attachment: Attachment) -> String {
        "\(attachment.network)-\(attachment.containerID)-\(attachment.interface)"
    }

    /// Everything that there is; nothing in a folder that does not exist.
    ///
    /// - Throws: ``RuntimeError/Reason/cache`` for a folder that cannot be read.
    public func contents() throws(RuntimeError) -> Contents {
        var contents = Contents(entries: [], problems: [])
        let names: [String]
        do throws(SystemError) {
            names = try Directory.names(in: resultsPath)
        } catch  where error.errno == ENOENT {
            return contents
        } catch {
            throw RuntimeError(.cache, CNIError(.ioFailure, error.description))
        }
        // A name with a dot in front is a file on its way, which nobody missed.
        for name in names where !name.hasPrefix(".") {
            let path = "\(resultsPath)/\(name)"
            do throws(CNIError) {
                guard let document = try Self.document(path) else { continue }
                let entry = try CacheEntry(document: document)
                guard Self.name(of: entry.attachment) == name else {
                    throw CNIError(.decodingFailure, "belongs to \(entry.attachment.key)")
                }
                contents.entries.append(entry)
            } catch {
                contents.problems.append(Problem(path: path, reason: error.description))
            }
        }
        return contents
    }

    /// The entry of an attachment, or nil if there is none.
    ///
    /// A bare result, as early runtimes kept it, is an entry without configuration and parameters.
    ///
    /// - Throws: ``RuntimeError/Reason/cache`` for one that is damaged or cannot be read.
    public func entry(of attachment: Attachment) throws(RuntimeError) -> CacheEntry? {
        do throws(CNIError) {
            let path = path(of: attachment)
            guard let document = try Self.document(path) else { return nil }
            if document["kind"] == nil, document["containerId"] == nil {
                return try Self.bare(document, attachment)
            }
            let entry = try CacheEntry(document: document)
            // Another attachment can have the same name, for all parts may have hyphens.
            return entry.attachment == attachment ? entry : nil
        } catch {
            throw RuntimeError(
                .cache,
                CNIError(
                    error.code, "the cached result \(path(of: attachment)) is damaged",
                    details: error.description), network: attachment.network.rawValue)
        }
    }

    private static func bare(_ document: JSON, _ attachment: Attachment) throws(CNIError) -> CacheEntry {
        _ = try CNIResult(json: document)
        let isResult = ["cniVersion", "ips", "ip4", "ip6", "interfaces"].contains { document[$0] != nil }
        guard isResult else { throw CNIError(.decodingFailure, "neither an entry nor a result") }
        let request = AttachmentRequest(
            containerID: attachment.containerID,
            namespacePath: CacheEntry.namespacePath(of: attachment.interface.rawValue, inResult: document),
            interface: attachment.interface)
        return CacheEntry(
            network: attachment.network, request: request, configuration: nil, result: document)
    }

    /// Creates or replaces an attachment's entry.
    ///
    /// - Throws: ``RuntimeError/Reason/cache``; then the entry is as it was before.
    public func store(_ entry: CacheEntry) throws(RuntimeError) {
        do throws(SystemError) {
            try Directory.create(resultsPath, mode: 0o700)
            try File.replace(
                path(of: entry.attachment), Array(entry.document.serialized().utf8), mode: 0o600,
                durably: true)
        } catch {
            throw RuntimeError(
                .cache, CNIError(.ioFailure, "cannot store the result", details: error.description),
                network: entry.network.rawValue)
        }
    }

    /// Removes an attachment's entry, damaged or not; no error if there is none.
    ///
    /// - Throws: ``RuntimeError/Reason/cache``.
    public func remove(_ attachment: Attachment) throws(RuntimeError) {
        do throws(SystemError) {
            if try isOthers(attachment) { return }
            let path = path(of: attachment)
            for path in [path, File.unfinished(path)] { try Self.removeIfThere(path) }
        } catch {
            throw RuntimeError(
                .cache, CNIError(.ioFailure, "cannot remove the result", details: error.description),
                network: attachment.network.rawValue)
        }
    }

    /// A folder that cannot be written refuses to remove even what is not there.
    private static func removeIfThere(_ path: String) throws(SystemError) {
        do throws(SystemError) {
            try File.remove(path)
        } catch  where error.meansUnwritable {
            do throws(SystemError) { _ = try FileStatus(of: path) } catch  where error.errno == ENOENT {
                return
            }
            throw error
        }
    }

    /// Removes what runtimes that were ended while they stored an entry have left.
    ///
    /// A network whose name begins with this one's and a hyphen cannot be distinguished from it by a file's name; if
    /// it is just storing an entry, it does so again.
    func removeUnfinished(of network: NetworkName) throws(SystemError) {
        do throws(SystemError) {
            for name in try Directory.names(in: resultsPath)
            where File.isUnfinished(name) && name.hasPrefix(".\(network)-") {
                try File.remove("\(resultsPath)/\(name)")
            }
        } catch  where error.errno == ENOENT {
            return
        }
    }

    /// Whether the file of an attachment's name holds the entry of another one.
    func isOthers(_ attachment: Attachment) throws(SystemError) -> Bool {
        guard let document = try? Self.document(path(of: attachment)),
            let entry = try? CacheEntry(document: document)
        else { return false }
        return entry.attachment != attachment
    }

    /// A file's content, or nil if there is no file.
    private static func document(_ path: String) throws(CNIError) -> JSON? {
        let content: [UInt8]
        do throws(SystemError) {
            guard try FileStatus(of: path).isRegularFile else { return nil }
            content = try File.read(path, limit: 16 << 20)
        } catch  where error.errno == ENOENT || error.errno == ENAMETOOLONG {
            return nil
        } catch {
            throw CNIError(.ioFailure, error.description)
        }
        return try JSON(parsing: content)
    }
}
