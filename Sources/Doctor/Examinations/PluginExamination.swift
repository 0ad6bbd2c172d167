// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import LinuxCore

/// Where the plugins that configurations name are.
struct PluginSearch {
    enum Place {
        case executable(String)
        case notExecutable(String)
        case nowhere
    }

    let folders: [String]

    /// The first regular file of that name, as runtimes look for it.
    func place(of type: String) throws(Obstacle) -> Place {
        for folder in folders {
            let path = "\(folder)/\(type)"
            let status = try looking { () throws(SystemError) in try FileStatus(of: path) }
            guard let status, status.isRegularFile else { continue }
            return status.mode & 0o111 == 0 ? .notExecutable(path) : .executable(path)
        }
        return .nowhere
    }
}

/// Whether the folders of plugins are there.
struct PluginFolderExamination: Examination {
    let id = "plugin-folder-missing"
    let healthy = "all folders of plugins are there"

    func findings(in survey: Survey) throws(Obstacle) -> [Finding] {
        let folders = survey.machine.pluginFolders
        var missing: [String] = []
        for folder in folders {
            let status = try looking { () throws(SystemError) in try FileStatus(of: folder) }
            if status?.isDirectory != true { missing.append(folder) }
        }
        // Where another one is, nothing may be missing of what is needed: that is for others to say.
        let severity: Finding.Severity = missing.count == folders.count ? .problem : .warning
        return missing.map { folder in
            Finding(
                id, severity, "the folder of plugins \(folder) does not exist",
                "Runtimes look there for plugins (CNI_PATH).", remedy: "mkdir -p \(folder.quoted)")
        }
    }
}

/// Whether the plugins that configurations name are there.
struct PluginExamination: Examination {
    let id = "plugin-missing"
    let healthy = "all plugins that configurations name are installed"

    func findings(in survey: Survey) throws(Obstacle) -> [Finding] {
        let folders = survey.machine.pluginFolders
        let search = PluginSearch(folders: folders)
        var users: [String: [String]] = [:]
        for network in survey.configurations.networks {
            for type in network.plugins.pluginTypes { users[type, default: []].append(network.path) }
        }
        var findings: [Finding] = []
        for (type, paths) in users.sorted(by: { $0.key < $1.key }) {
            let users = "Used by \(paths.summary), whose containers cannot be attached."
            switch try search.place(of: type) {
            case .executable: continue
            case .notExecutable(let path):
                findings.append(
                    Finding(
                        "plugin-not-executable", .problem, "the plugin \(path) is not executable", users,
                        remedy: "chmod +x \(path.quoted)"))
            case .nowhere:
                findings.append(
                    Finding(
                        id, .problem, "the plugin \(type) is in none of \(folders.joined(separator: ", "))",
                        users,
                        remedy: folders.first.map {
                            "install -m 755 \(type.quoted) \("\($0)/\(type)".quoted)"
                        }))
            }
        }
        return findings
    }
}
