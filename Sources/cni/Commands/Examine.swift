// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import CNIRuntime
internal import Doctor
internal import Topology

struct Examine: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Find what breaks containers' networks on this machine, and mend what is safe to mend.",
        usage: "cni doctor [--fix] [options]",
        discussion: """
            Looks at the kernel, the configurations, the plugins, forwarding and firewalls, and at what is \
            left over of containers that are gone, and has plugins check what they attached (CHECK). Changes \
            nothing without --fix. Ends with 1 if there are \
            problems, with 0 if there are only warnings.

              sudo cni doctor
              sudo cni doctor --fix
            """)

    @Flag(help: "Mend what cannot harm what works, say what was done, and look again.")
    var fix = false

    @Flag(name: .shortAndLong, help: "List what is in order, too.")
    var verbose = false

    @Flag(
        name: .customLong("complete-cache"),
        help: "Every runtime of this machine uses this cache: what is not in there is left over.")
    var isCacheComplete = false

    @OptionGroup var configuration: ConfigurationOptions
    @OptionGroup var plugins: PluginOptions
    @OptionGroup var caching: CacheOptions

    @Option(
        name: .customLong("leases-dir"),
        help: ArgumentHelp("Where host-local has its leases if no configuration says.", valueName: "folder"),
        completion: .directory)
    var leasesFolder = "/var/lib/cni/networks"

    @OptionGroup var output: OutputOptions

    func run() async throws {
        var findings = try await examine()
        var repairs: [Repair] = []
        if fix {
            repairs = findings.filter(\.isSafeToFix).map { Repair($0) }
            if !repairs.isEmpty { findings = try await examine() }
        }
        if output.isJSON {
            var document = findings.json
            if fix { document["repairs"] = .array(repairs.map(\.json)) }
            Console.output.document(document)
        } else {
            for repair in repairs { repair.print() }
            FindingsReport(findings, isVerbose: verbose, mayFix: !fix).print()
            hintAtRoot()
        }
        if findings.contains(where: { $0.severity == .problem }) { throw ExitCode.failure }
    }

    private func examine() async throws -> [Finding] {
        let machine = Machine(
            configurationFolder: configuration.folder, leasesFolder: leasesFolder,
            pluginFolders: plugins.folders)
        let progress = Progress(!output.isJSON)
        defer { progress.end() }
        progress.show("the attachments")
        let attachments = try await knownAttachments()
        return Doctor(machine: machine, attachments: attachments).examine { step in
            progress.show("\(step.done) of \(step.count) \(step.id)")
        }
    }

    /// What the cache knows; nothing if it cannot be read, so that nothing counts as left over.
    private func knownAttachments() async throws -> KnownAttachments? {
        guard let contents = try? caching.cache.contents() else { return nil }
        let search = NamespaceSearch()
        let stored = contents.entries.map { StoredAttachment($0, search) }
        let checks = AttachmentChecks(
            runtime: Runtime(pluginFolders: plugins.folders, cache: caching.cache, timeLimit: .seconds(30)),
            networks: (try? configuration.read().networks) ?? [])
        // An ordinary user's plugins could not look either.
        let faults = isRoot ? try await Interruption.cancelling { await checks.faults(of: stored) } : [:]
        let entries = stored.map { attachment in
            KnownAttachments.Entry(
                attachment.entry.attachment, attachment.namespace, fault: faults[attachment.entry.attachment])
        }
        return KnownAttachments(entries, isComplete: isCacheComplete && contents.problems.isEmpty)
    }
}

/// What became of an attempt to mend something.
struct Repair {
    private let finding: Finding
    private var error: CNIError?

    /// Makes the attempt.
    init(_ finding: Finding) {
        self.finding = finding
        do throws(CNIError) {
            try finding.fix()
        } catch {
            self.error = error
        }
    }

    func print() {
        if let error {
            Console.output.line("\("not fixed:", .red) \(finding.title): \(error.description)")
        } else {
            Console.output.line("\("fixed:", .green) \(finding.title)")
        }
    }

    var json: JSON {
        var members: JSONObject = ["id": .string(finding.id), "title": .string(finding.title)]
        members["error"] = error.map { .string($0.description) }
        return .object(members)
    }
}
