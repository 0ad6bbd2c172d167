// SPDX-License-Identifier: Apache-2.0

public import CNITypes
internal import LinuxCore

extension LeaseFile {
    /// A file of leases that is waited for.
    public struct Watch: ~Copyable, Sendable {
        private let folder: FolderWatch
        private let name: String

        /// Watches a file from now on; it need not be there yet.
        ///
        /// - Throws: ``CNIError/Code/ioFailure``.
        public init(_ path: String) throws(CNIError) {
            let parent = File.parent(of: path)
            name = path.split(separator: "/").last.map(String.init) ?? ""
            folder = try CNIError.wrapping { () throws(SystemError) in try FolderWatch(parent) }
        }

        /// Waits until the file may have changed; false when the time is up, or for another file's sake.
        ///
        /// - Throws: ``CNIError/Code/ioFailure``.
        public borrowing func hasChanged(within milliseconds: Int32) throws(CNIError) -> Bool {
            let names = try CNIError.wrapping { () throws(SystemError) in
                try folder.names(within: milliseconds)
            }
            return names.contains { $0 == name || $0.isEmpty }
        }
    }
}
