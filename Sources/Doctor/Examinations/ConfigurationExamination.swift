// SPDX-License-Identifier: Apache-2.0

/// Whether runtimes can read the configurations.
struct ConfigurationExamination: Examination {
    let id = "configuration-unreadable"
    let healthy = "all network configurations can be read"

    func findings(in survey: Survey) throws(Obstacle) -> [Finding] {
        if let obstacle = survey.configurations.obstacle { throw obstacle }
        return survey.configurations.unreadable.map { path, reason in
            Finding(
                id, .problem, "\(path) is no network configuration",
                "A runtime cannot use it, and some then use none of the folder. \(reason)",
                remedy: "cni validate \(path.quoted)")
        }
    }
}

/// Whether each network has a name of its own.
struct NetworkNameExamination: Examination {
    let id = "network-name-twice"
    let healthy = "no two configurations have the same network's name"

    func findings(in survey: Survey) -> [Finding] {
        let files = [String: [ConfigurationFiles.Network]](grouping: survey.configurations.networks) {
            $0.name
        }
        return files.filter { $0.value.count > 1 }.sorted { $0.key < $1.key }.map { name, networks in
            let paths = networks.map(\.path)
            return Finding(
                id, .warning, "\(paths.count) configurations are named \"\(name)\"",
                "\(paths.joined(separator: ", ")): runtimes use the first one; addresses and marks of one "
                    + "are taken for the other's. Give each a name of its own, or remove the ones that are "
                    + "not used.",
                remedy: "mv \(paths.last?.quoted ?? "") \((paths.last.map { $0 + ".unused" })?.quoted ?? "")")
        }
    }
}
