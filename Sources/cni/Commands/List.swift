// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import CNIRuntime
internal import Topology

struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the attachments, and whether their containers live.",
        usage: "cni list [options]",
        discussion: """
            Reads the cache, in which runtimes remember what they have attached. A namespace that is gone \
            means that nobody called DEL: `cni gc` does.

              cni list
            """,
        aliases: ["ls"])

    @OptionGroup var caching: CacheOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let contents = try caching.contents()
        let search = NamespaceSearch()
        let attachments = contents.entries.map { StoredAttachment($0, search) }
        if output.isJSON {
            Console.output.document([
                "attachments": .array(attachments.map { .object($0.members) }),
                "problems": .array(contents.problems.map(\.json)),
            ])
        } else {
            print(attachments)
            for problem in contents.problems {
                Console.error.line("\("damaged:", .red) \(problem.path): \(problem.reason)")
            }
        }
        if !contents.problems.isEmpty { throw ExitCode.failure }
    }

    private func print(_ attachments: [StoredAttachment]) {
        if attachments.isEmpty {
            Console.output.line("nothing is attached, as far as \(caching.folder) knows")
            return
        }
        var table = Table("NETWORK", "CONTAINER", "INTERFACE", "ADDRESSES", "NAMESPACE")
        for attachment in attachments {
            let request = attachment.entry.request
            var namespace = StyledText(request.namespacePath ?? "-")
            if attachment.namespace != .exists { namespace = "\(namespace) (\(attachment.namespace.words))" }
            table.add(
                "\(attachment.entry.network.rawValue)", "\(request.containerID.rawValue.shortIdentifier)",
                "\(request.interface.rawValue)", "\(attachment.addresses.joined(separator: " "))", namespace)
        }
        table.print()
    }
}

extension String {
    /// The first twelve digits of an identifier that is a long hexadecimal number; other identifiers whole.
    fileprivate var shortIdentifier: String {
        let isLongNumber = utf8.count >= 32 && unicodeScalars.allSatisfy { $0.properties.isASCIIHexDigit }
        return isLongNumber ? String(prefix(12)) : self
    }
}

extension Problem {
    var json: JSON { ["path": .string(path), "reason": .string(reason)] }
}
