// SPDX-License-Identifier: Apache-2.0

internal import CNIPlugin
internal import LinuxCore

/// The folder of the configurations with which delegates have been called, a file for each attachment.
///
/// flannel's own plugin has a file for each container, of the container's name. That is the first attachment's here, too,
/// so that either plugin can detach what the other has attached. A container's further attachments have files
/// `CONTAINER:NETWORK:INTERFACE`, and each says in ``ownerKey`` whose it is.
struct KeptConfigurations {
    let folder: String

    /// In a kept configuration the key of its attachment; flannel's own plugin does not write it.
    private static let ownerKey = "cni.swift/attachment"

    struct File {
        let path: String
        fileprivate let content: [UInt8]
        /// The delegate's configuration; nil if the file is damaged.
        let network: NetworkConfiguration?
        /// The attachment's key, if the file has it.
        let owner: String?

        fileprivate init(_ path: String, _ content: [UInt8]) {
            self.path = path
            self.content = content
            let read = try? NetworkConfiguration(parsing: content)
            network = read.flatMap { $0.type.isEmpty || $0.type == FlannelPlugin.name ? nil : $0 }
            owner = network?.raw[KeptConfigurations.ownerKey]?.string
        }
    }

    /// What an ADD has written, to be undone if it fails.
    struct Kept {
        let path: String
        /// What was there before.
        fileprivate let former: [UInt8]?

        /// Puts back what was there.
        func undo() throws(CNIError) {
            try inputOutput { () throws(SystemError) in
                if let former {
                    try LinuxCore.File.replace(path, former, mode: 0o600)
                } else {
                    try LinuxCore.File.remove(path)
                }
            }
        }
    }

    /// The attachment's file; one that is damaged if there is no other: it is of no use to anybody.
    func file(of attachment: Attachment) throws(CNIError) -> File? {
        let first = try read(names(attachment)[0])
        if first?.owner == attachment.key { return first }
        let second = try read(names(attachment)[1])
        if let second, second.network != nil { return second }
        guard let first else { return second }
        if first.network == nil { return first }
        return first.owner == nil && first.network?.name == attachment.network ? first : second
    }

    /// Writes the attachment's file; other attachments' are left alone.
    func keep(_ network: NetworkConfiguration, for attachment: Attachment) throws(CNIError) -> Kept {
        var document = network.raw
        document[Self.ownerKey] = .string(attachment.key)
        document["prevResult"] = nil
        let content = Array(document.serialized().utf8)
        try inputOutput { () throws(SystemError) in try Directory.create(folder, mode: 0o700) }
        for name in names(attachment) {
            if let kept = try claim("\(folder)/\(name)", for: attachment, content) { return kept }
        }
        throw CNIError(
            .ioFailure, "cannot keep the delegate's configuration",
            details: "other processes write \(folder)/\(names(attachment)[1])")
    }

    /// Removes a file, and what a writer that died has left of it.
    func remove(_ file: File) throws(CNIError) {
        try inputOutput { () throws(SystemError) in
            try LinuxCore.File.remove(file.path)
            try LinuxCore.File.remove(LinuxCore.File.unfinished(file.path))
        }
    }

    /// The path of the file that ``keep(_:for:)`` would write.
    func path(for attachment: Attachment) throws(CNIError) -> String {
        let names = names(attachment)
        let isTaken = try read(names[0]).map { !isFree($0, for: attachment) } ?? false
        return "\(folder)/\(isTaken ? names[1] : names[0])"
    }

    /// The files of a network.
    func files(of network: NetworkName) throws(CNIError) -> [File] {
        var files: [File] = []
        for name in try inputOutput({ () throws(SystemError) in try names() })
        where !LinuxCore.File.isUnfinished(name) {
            if let file = try read(name), file.network?.name == network { files.append(file) }
        }
        return files
    }

    /// Whether a file's attachment is one of these; one that does not say its interface is, if its container has any.
    static func isValid(_ file: File, among valid: [AttachmentReference], of network: NetworkName) -> Bool {
        valid.contains { reference in
            guard let owner = file.owner else { return file.path.hasSuffix("/\(reference.containerID)") }
            return owner == reference.key(in: network)
        }
    }

    private func names(_ attachment: Attachment) -> [String] {
        let container = attachment.containerID.rawValue
        return [container, "\(container):\(attachment.network):\(attachment.interface)"]
    }

    private func names() throws(SystemError) -> [String] {
        do throws(SystemError) {
            return try Directory.names(in: folder)
        } catch  where error.errno == 2 {  // ENOENT
            return []
        }
    }

    private func isFree(_ file: File, for attachment: Attachment) -> Bool {
        file.network == nil || file.owner == attachment.key
    }

    /// Writes a file if it is not another attachment's; nil if it is.
    private func claim(
        _ path: String, for attachment: Attachment, _ content: [UInt8]
    ) throws(CNIError) -> Kept? {
        // Another process may make it between the look and the writing: then it is looked at again.
        for _ in 0..<4 {
            let former = try read(path: path)
            if let former {
                guard isFree(former, for: attachment) else { return nil }
                try inputOutput { () throws(SystemError) in
                    try LinuxCore.File.replace(path, content, mode: 0o600)
                }
                return Kept(path: path, former: former.content)
            }
            let isMade = try inputOutput { () throws(SystemError) in
                do throws(SystemError) {
                    try LinuxCore.File.create(path, content, mode: 0o600)
                    return true
                } catch  where error.errno == 17 {  // EEXIST
                    return false
                }
            }
            if isMade { return Kept(path: path, former: nil) }
        }
        return nil
    }

    private func read(_ name: String) throws(CNIError) -> File? { try read(path: "\(folder)/\(name)") }

    private func read(path: String) throws(CNIError) -> File? {
        try inputOutput { () throws(SystemError) in
            do throws(SystemError) {
                return File(path, try LinuxCore.File.read(path, follows: false))
            } catch  where error.meansNoFile || [20, 36].contains(error.errno) {  // ENOTDIR, ENAMETOOLONG
                return nil
            }
        }
    }
}

private func inputOutput<Value>(_ body: () throws(SystemError) -> Value) throws(CNIError) -> Value {
    try CNIError.wrapping("cannot keep the delegate's configuration", body)
}
