// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import Glibc
internal import LinuxCore
internal import Supervision

/// Whether plugins speak the version of the specification that their configuration is for.
///
/// Asks each one once, by its verb VERSION, which has no effect.
struct PluginVersionExamination: Examination {
    let id = "plugin-version"
    let healthy = "plugins speak their configurations' version"

    func findings(in survey: Survey) throws(Obstacle) -> [Finding] {
        let search = PluginSearch(folders: survey.machine.pluginFolders)
        var answers: [String: Answer] = [:]
        var findings: [Finding] = []
        for network in survey.configurations.networks {
            let version = SpecVersion.highest(of: network.versions, supportedBy: SpecVersion.all)
            for type in network.plugins.pluginTypes {
                guard case .executable(let path) = try search.place(of: type) else { continue }
                if answers[path] == nil {
                    let answer = try Self.ask(path)
                    answers[path] = answer
                    if case .none(let reason) = answer { findings.append(Self.doesNotRun(path, reason)) }
                }
                if case .supports(let versions) = answers[path], let version, !versions.contains(version) {
                    findings.append(wrongVersion(network, path, version, versions))
                }
            }
        }
        return findings
    }

    private enum Answer {
        case supports([SpecVersion])
        /// Something else, as plugins gave before there was VERSION.
        case other
        case none(String)
    }

    private static func ask(_ path: String) throws(Obstacle) -> Answer {
        do throws(SystemError) {
            let outcome = try ChildProcess.supervise(
                path, environment: ["CNI_COMMAND": "VERSION", "CNI_PATH": File.parent(of: path)],
                input: Array("{\"cniVersion\":\"\(SpecVersion.current)\"}".utf8),
                limits: ChildProcess.Limits(time: .seconds(15)), stop: try StopSignal())
            if let failure = outcome.failure { throw failure }
            if outcome.interruption != nil { return .none("it does not answer VERSION within 15 seconds") }
            if let signal = outcome.signal { return .none("signal \(signal) ended it") }
            if let status = outcome.status, status > 125 {
                return .none("it ended with the status \(status)")
            }
            guard outcome.status == 0 else { return .other }
            guard let json = try? JSON(parsing: outcome.output),
                let versions = json["supportedVersions"]?.array
            else { return .none("its answer to VERSION names no versions") }
            return .supports(versions.compactMap { $0.string.flatMap { SpecVersion($0) } })
        } catch  where error.operation == "execute \(path)" && error.errno != EPERM {
            return .none(error.description)
        } catch {
            throw Obstacle(error)
        }
    }

    private static func doesNotRun(_ path: String, _ reason: String) -> Finding {
        Finding(
            "plugin-not-running", .problem, "the plugin \(path) cannot be run",
            "Is it built for this machine? \(reason).", remedy: "CNI_COMMAND=VERSION \(path.quoted)")
    }

    private func wrongVersion(
        _ network: ConfigurationFiles.Network, _ path: String, _ version: SpecVersion,
        _ versions: [SpecVersion]
    ) -> Finding {
        let supported = versions.map(\.description).joined(separator: ", ")
        let usable = SpecVersion.highest(of: versions, supportedBy: SpecVersion.all)
        return Finding(
            id, .problem, "\(path) does not speak version \(version), which \(network.path) is for",
            "It speaks \(supported). Install a newer plugin, or lower the configuration's cniVersion.",
            remedy: network.versions.count > 1
                ? nil
                : usable.map {
                    "sed -i 's/\"cniVersion\": *\"\(version)\"/\"cniVersion\": \"\($0)\"/' \(network.path.quoted)"
                })
    }
}
