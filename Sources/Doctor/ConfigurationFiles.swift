// SPDX-License-Identifier: Apache-2.0

internal import CNITypes
internal import Glibc
internal import LinuxCore

/// The network configurations in a folder, as a runtime finds them there.
struct ConfigurationFiles {
    struct Network {
        let path: String
        let name: String
        /// The versions that it is for.
        let versions: [SpecVersion]
        let plugins: [JSON]
    }

    private(set) var networks: [Network] = []
    private(set) var unreadable: [(path: String, reason: String)] = []
    /// Why the folder could not be listed.
    private(set) var obstacle: Obstacle?

    init(in folder: String) {
        let names: [String]
        do throws(SystemError) {
            names = try Directory.names(in: folder)
        } catch {
            // No folder is no network, which is not for us to judge.
            if error.errno != ENOENT { obstacle = Obstacle(error) }
            return
        }
        for name in names where [".conflist", ".conf", ".json"].contains(where: { name.hasSuffix($0) }) {
            let path = "\(folder)/\(name)"
            let text: [UInt8]
            do throws(SystemError) {
                text = try File.read(path)
            } catch  where error.errno == EPERM || error.errno == EACCES {
                obstacle = Obstacle(error)  // which need not be the runtime's
                continue
            } catch {
                unreadable.append((path, error.description))
                continue
            }
            do throws(CNIError) {
                networks.append(try Self.network(text, path))
            } catch {
                unreadable.append((path, error.description))
            }
        }
    }

    private static func network(_ text: [UInt8], _ path: String) throws(CNIError) -> Network {
        let json = try JSON(parsing: text)
        if json["plugins"] == nil, json["type"] != nil {
            let single = try NetworkConfiguration(json: json)
            return Network(
                path: path, name: single.name.rawValue, versions: [single.version], plugins: [json])
        }
        let list = try NetworkConfigurationList(json: json)
        return Network(
            path: path, name: list.name.rawValue, versions: list.versions, plugins: list.plugins)
    }

    /// The names of the bridges of `bridge` plugins.
    var bridgeNames: Set<String> { bridgeNames { _ in true } }

    /// The names of the bridges that have the gateway of their containers.
    var gatewayNames: Set<String> {
        bridgeNames { $0["isGateway"]?.bool == true || $0["isDefaultGateway"]?.bool == true }
    }

    private func bridgeNames(where isMeant: (JSON) -> Bool) -> Set<String> {
        let bridges = networks.flatMap(\.plugins).filter { $0["type"]?.string == "bridge" && isMeant($0) }
        return Set(
            bridges.map { plugin in
                let name = plugin["bridge"]?.string ?? ""
                return name.isEmpty ? "cni0" : name
            })
    }

    /// The folders of host-local's leases that configurations name.
    var leasesFolders: [String] {
        networks.flatMap(\.plugins).compactMap { $0["ipam"] }
            .filter { $0["type"]?.string == "host-local" }
            .compactMap { $0["dataDir"]?.string }.filter { !$0.isEmpty }
    }
}
