// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import LinuxCore

/// Reading and writing below /proc/sys, in the calling thread's namespace.
///
/// The kernel takes the longer to find /proc/sys/net/ipv6, the more namespaces there are: all that have been looked up have
/// that name, in one hash chain (proc_sys_compare()). Of several settings, those of IPv6 are found from there.
struct SysctlFile: ~Copyable {
    private static let folder = "net/ipv6/"
    /// /proc/sys/net/ipv6; nil where it is not worth opening, or is not there.
    private let ipv6: OwnedFileDescriptor?

    /// A way to some settings, for as long as the thread is in the namespace.
    init(for settings: [Sysctl]) throws(StateError) {
        guard settings.lazy.filter({ $0.path.hasPrefix(Self.folder) }).dropFirst().first != nil else {
            ipv6 = nil
            return
        }
        do throws(SystemError) {
            ipv6 = try OwnedFileDescriptor(opening: "/proc/sys/\(Self.folder)", O_RDONLY | O_DIRECTORY)
        } catch  where error.errno == ENOENT {
            ipv6 = nil
        } catch {
            throw StateError(error)
        }
    }

    /// Where a setting is: an open folder, and the path from there.
    private func place(of setting: Sysctl) -> (folder: CInt, path: String) {
        switch ipv6 {
        case .some(let folder) where setting.path.hasPrefix(Self.folder):
            return (folder.rawValue, String(setting.path.dropFirst(Self.folder.utf8.count)))
        default: return (AT_FDCWD, Self.path(of: setting))
        }
    }

    /// The present values of settings; those that the kernel does not have are left out.
    static func read(_ settings: [Sysctl]) throws(StateError) -> [Sysctl] {
        let files = try SysctlFile(for: settings)
        var found: [Sysctl] = []
        for var setting in settings {
            do throws(SystemError) {
                let (folder, path) = files.place(of: setting)
                let name = Self.path(of: setting)
                let file = try OwnedFileDescriptor(
                    openingRegular: path, in: folder, O_RDONLY, follows: true, named: name)
                let content = try File.read(file.rawValue, named: name, limit: 4096)
                setting.value = String(decoding: content.prefix { $0 != 10 }, as: UTF8.self)
                found.append(setting)
            } catch  where error.errno == 2 {  // ENOENT
                continue
            } catch {
                throw StateError(error)
            }
        }
        return found
    }

    /// Whether the kernel speaks IPv6: not if it was started with ipv6.disable=1.
    static func hasIPv6() throws(StateError) -> Bool {
        do throws(SystemError) {
            _ = try FileStatus(of: "/proc/sys/net/ipv6")
            return true
        } catch  where error.errno == 2 {  // ENOENT
            return false
        } catch {
            throw StateError(error)
        }
    }

    /// Sets a setting.
    func write(_ setting: Sysctl) throws(StateError) {
        do throws(SystemError) {
            let (folder, path) = place(of: setting)
            let name = Self.path(of: setting)
            let file = try OwnedFileDescriptor(opening: path, in: folder, O_WRONLY, named: name)
            try File.write(Array(setting.value.utf8), to: file.rawValue, named: name)
        } catch {
            throw StateError(error)
        }
    }

    /// Throws if a setting that there is cannot be set.
    static func requireWritable(_ setting: Sysctl) throws(StateError) {
        let path = path(of: setting)
        do throws(SystemError) {
            try systemCall("write \(path)") { access(path, W_OK) }
        } catch  where error.errno == ENOENT {
            return
        } catch {
            throw StateError(error)
        }
    }

    private static func path(of setting: Sysctl) -> String { "/proc/sys/\(setting.path)" }
}
