// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import LinuxCore

/// Reading and writing below /proc/sys, in the calling thread's namespace.
enum SysctlFile {
    /// The present values of settings; those that the kernel does not have are left out.
    static func read(_ settings: [Sysctl]) throws(StateError) -> [Sysctl] {
        var found: [Sysctl] = []
        for var setting in settings {
            do throws(SystemError) {
                let content = try File.read(path(of: setting), limit: 4096)
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
    static func write(_ setting: Sysctl) throws(StateError) {
        do throws(SystemError) {
            try File.write(setting.value, into: path(of: setting))
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
