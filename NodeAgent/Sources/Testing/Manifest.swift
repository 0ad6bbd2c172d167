// SPDX-License-Identifier: Apache-2.0

internal import CNITesting
public import CNITypes
internal import Testing
internal import Yams

/// A DaemonSet of the documentation with what belongs to it, for tests of what it says.
public struct Manifest: Sendable {
    /// All objects, in their order.
    public let objects: [JSON]

    /// Reads a file of YAML documents.
    public init(_ path: String) throws {
        objects = try Array(Yams.compose_all(yaml: TemporaryFolder.read(path))).map { Self.json($0) }
    }

    private static func json(_ node: Node) -> JSON {
        switch node {
        case .mapping(let mapping):
            .object(
                JSONObject(
                    [String: JSON](
                        uniqueKeysWithValues: mapping.map { ($0.key.string ?? "", json($0.value)) })))
        case .sequence(let sequence): .array(sequence.map { json($0) })
        default: node.bool.map { .bool($0) } ?? node.int.map { JSON($0) } ?? .string(node.string ?? "")
        }
    }

    /// The first object of a kind.
    public func object(_ kind: String) throws -> JSON {
        try #require(objects.first { $0["kind"]?.string == kind }, "no \(kind)")
    }

    /// The pod's specification.
    public var pod: JSON {
        get throws { try #require(try object("DaemonSet")["spec"]?["template"]?["spec"]) }
    }

    /// The agent's container.
    public var agent: JSON { get throws { try #require(try pod["containers"]?.array?.first) } }

    /// The containers that come before the agent's.
    public var initContainers: [JSON] { get throws { try pod["initContainers"]?.array ?? [] } }

    /// The value of an option of the agent's command line.
    public func option(_ name: String) throws -> String {
        let words = try agent["command"]?.array?.compactMap(\.string) ?? []
        let word = try #require(words.first { $0.hasPrefix("--\(name)=") }, "no --\(name)")
        return String(word.dropFirst(name.utf8.count + 3))
    }

    /// Where a path of a container comes from: the volume, and the path in it.
    public func volume(of path: String, _ container: JSON) throws -> (volume: JSON, rest: String) {
        let mounts = container["volumeMounts"]?.array ?? []
        let mount = try #require(
            mounts.first { "\(path)/".hasPrefix("\($0["mountPath"]?.string ?? "-")/") },
            "\(path) is on no volume")
        let volume = try pod["volumes"]?.array?.first { $0["name"] == mount["name"] }
        let rest = path.dropFirst((mount["mountPath"]?.string ?? "").utf8.count)
        return (try #require(volume), String(rest.drop { $0 == "/" }))
    }

    /// The host's path that a path of a container is.
    public func hostPath(of path: String, _ container: JSON) throws -> String {
        let (volume, rest) = try volume(of: path, container)
        let folder = try #require(volume["hostPath"]?["path"]?.string, "\(path) is not the host's")
        return rest.isEmpty ? folder : "\(folder)/\(rest)"
    }

    /// The text of a file of the ConfigMap that the agent's container has below a path.
    public func text(of path: String) throws -> String {
        let (volume, file) = try volume(of: path, try agent)
        let map = try object("ConfigMap")
        try #require(volume["configMap"]?["name"] == map["metadata"]?["name"])
        return try #require(map["data"]?[file]?.string, "no \(file)")
    }

    /// What the role allows: `patch nodes/status`.
    public var permissions: Set<String> {
        get throws {
            var permissions: Set<String> = []
            for rule in try object("ClusterRole")["rules"]?.array ?? [] {
                for resource in rule["resources"]?.array ?? [] {
                    for verb in rule["verbs"]?.array ?? [] {
                        permissions.insert("\(verb.string ?? "") \(resource.string ?? "")")
                    }
                }
            }
            return permissions
        }
    }

    /// Expects that objects name each other, and that the kubelet asks the agent at the address that it listens at.
    ///
    /// - Parameter namespace: That of all of them.
    public func expectCoherence(in namespace: JSON) throws {
        for object in objects {
            #expect(object["apiVersion"]?.string != nil && object["metadata"]?["name"]?.string != nil)
        }
        for kind in ["ServiceAccount", "ConfigMap", "DaemonSet"] {
            #expect(try object(kind)["metadata"]?["namespace"] == namespace)
        }
        let account = try object("ServiceAccount")["metadata"]?["name"]
        let binding = try object("ClusterRoleBinding")
        #expect(binding["roleRef"]?["name"] == (try object("ClusterRole"))["metadata"]?["name"])
        #expect(
            binding["subjects"] == [
                ["kind": "ServiceAccount", "name": account ?? .null, "namespace": namespace]
            ])
        #expect(try pod["serviceAccountName"] == account)
        let daemons = try object("DaemonSet")["spec"]
        #expect(daemons?["selector"]?["matchLabels"] == daemons?["template"]?["metadata"]?["labels"])
        let address = try option("status-address")
        for (probe, path) in [("livenessProbe", "/healthz"), ("readinessProbe", "/readyz")] {
            let get = try agent[probe]?["httpGet"]
            #expect(get?["path"]?.string == path)
            #expect("\(get?["host"]?.string ?? ""):\(get?["port"]?.int ?? 0)" == address)
        }
    }

    /// Expects that every container's image is of a registry that cannot be, of a version, and pulled only where it is
    /// missing; and that the plugins get to the host by it.
    ///
    /// - Parameters:
    ///   - agent: The agent's name, which the image has, too.
    ///   - plugins: The plugins that are installed.
    public func expectImage(of agent: String, installing plugins: [String]) throws {
        for container in try initContainers + [self.agent] {
            #expect(container["image"]?.string == "registry.invalid/\(agent):0.1.0")
            #expect(container["imagePullPolicy"] == "IfNotPresent")
        }
        #expect(try self.agent["command"]?.array?.first?.string == "/usr/local/bin/\(agent)")
        let install = try #require(try initContainers.first)
        #expect(try initContainers.count == 1)
        let words = ["/usr/local/bin/cni-plugins", "--install", "/host/opt/cni/bin"] + plugins
        #expect(install["command"]?.array?.compactMap(\.string) == words)
        #expect(try hostPath(of: "/host/opt/cni/bin", install) == "/opt/cni/bin")
    }

    /// Expects that the runtime gets a list of these plugins by the agent, in a version by which it asks for STATUS.
    public func expectNetworkList(of plugins: [String]) throws -> JSON {
        let source = try option("conflist")
        let list = try JSON(parsing: text(of: source))
        #expect(list["cniVersion"] == "1.1.0")
        #expect(list["plugins"]?.array?.map { $0["type"]?.string } == plugins)
        #expect(
            try hostPath(of: try option("write-conflist"), try agent)
                == "/etc/cni/net.d/\(volume(of: source, try agent).rest)")
        return list
    }
}
