// SPDX-License-Identifier: Apache-2.0

public import CNITypes
internal import LinuxCore

/// A file in which an agent keeps something for its next start: replaced whole, and read only if nobody else can have
/// written it.
public struct RecordFile: Hashable, Sendable {
    /// Where it is.
    public let path: String

    /// The largest file that is read, in bytes.
    private static let limit = 64 << 20

    /// Names a file; nothing is opened.
    public init(path: String) { self.path = path }

    /// The content; nil if there is no file.
    ///
    /// - Throws: ``AgentError/Code/refused`` for a symbolic link, for what is no regular file, and for a file that others
    ///   can write; ``AgentError/Code/unreachable`` if the file cannot be read.
    public func read() throws(AgentError) -> [UInt8]? {
        do throws(SystemError) {
            return try RegularFile.read(path, limit: Self.limit, of: .ourselves)
        } catch {
            switch error.errno {
            case 2, 20: return nil  // ENOENT, ENOTDIR
            case 1, 22, 40: throw AgentError(.refused, error.description)  // EPERM, EINVAL, ELOOP
            default: throw AgentError(.unreachable, error.description)
            }
        }
    }

    /// The content as JSON; nil if there is no file.
    ///
    /// - Throws: As ``read()``, and ``AgentError/Code/malformed`` with the path, the line and the column.
    public func json() throws(AgentError) -> JSON? {
        guard let content = try read() else { return nil }
        do throws(CNIError) {
            return try JSON(parsing: content)
        } catch {
            throw AgentError(.malformed, "\(path): \(error.message)")
        }
    }

    /// Creates or replaces the file, so that a reader and a crash find the old one or the new one; its folder is made if
    /// it is not there.
    ///
    /// - Parameters:
    ///   - mode: The permissions: 0o600.
    ///   - durably: Whether it is on the disk on return; below /run that is of no use.
    /// - Throws: ``AgentError/Code/unreachable`` with what the kernel said.
    public func write(_ content: [UInt8], mode: UInt32 = 0o600, durably: Bool = true) throws(AgentError) {
        do throws(SystemError) {
            try RegularFile.replace(path, content, mode: mode, durably: durably)
        } catch {
            throw AgentError(.unreachable, error.description)
        }
    }

    /// Removes the file, and returns whether there was one.
    ///
    /// - Throws: ``AgentError/Code/unreachable`` with what the kernel said.
    @discardableResult
    public func remove() throws(AgentError) -> Bool {
        do throws(SystemError) {
            return try RegularFile.remove(path)
        } catch {
            throw AgentError(.unreachable, error.description)
        }
    }
}
