// SPDX-License-Identifier: Apache-2.0

public import CNITypes
internal import LinuxCore

/// The file by which an agent tells a plugin of the node: an agent's own record, or flannel's `subnet.env`.
///
/// Which of them it is says its first character.
public enum NodeFile: Hashable, Sendable {
    /// The record of an agent built with this package.
    case record(AgentRecord)
    /// What flannel writes.
    case subnet(SubnetFile)

    /// What containers get.
    public var subnetFile: SubnetFile {
        switch self {
        case .record(let record): record.subnetFile
        case .subnet(let file): file
        }
    }

    /// Reads a file; nil if there is none.
    ///
    /// - Throws: ``CNIError/Code/ioFailure``, or ``CNIError/Code/decodingFailure`` with the file's path.
    public init?(reading path: String) throws(CNIError) {
        let content: [UInt8]
        do throws(SystemError) {
            content = try File.read(path)
        } catch  where error.errno == 2 || error.errno == 20 {  // ENOENT, ENOTDIR
            return nil
        } catch {
            throw CNIError(.ioFailure, error.description)
        }
        do throws(CNIError) {
            let isRecord = content.first { $0 > UInt8(ascii: " ") } == UInt8(ascii: "{")
            self =
                isRecord
                ? .record(try AgentRecord(parsing: content)) : .subnet(try SubnetFile(parsing: content))
        } catch {
            throw CNIError(.decodingFailure, "\(path): \(error.message)", details: error.details)
        }
    }

    /// Writes the file so that a reader finds the old one or the new one, whole; the folder is made if it is not there.
    ///
    /// - Throws: ``CNIError/Code/ioFailure``.
    public func write(to path: String) throws(CNIError) {
        let content =
            switch self {
            case .record(let record): record.text
            case .subnet(let file): file.text
            }
        try CNIError.wrapping { () throws(SystemError) in
            try Directory.create(File.parent(of: path), mode: 0o755)
            // A container's subnet is for everybody to read.
            try File.replace(path, content, mode: 0o644)
        }
    }

    /// Removes a file, and returns whether there was one.
    ///
    /// - Throws: ``CNIError/Code/ioFailure``.
    @discardableResult
    public static func remove(_ path: String) throws(CNIError) -> Bool {
        try CNIError.wrapping { () throws(SystemError) in try File.remove(path) }
    }
}
