// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import CNIRuntime
internal import Topology

struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show everything that is remembered of an attachment.",
        usage: "cni show <attachment> [options]",
        discussion: """
            An attachment is named by NETWORK/CONTAINER/INTERFACE, or by the container's identifier, of which \
            the first characters are enough if no other begins with them.

              cni show pods/cnitool-16d5/eth0
              cni show cnitool-16d5
            """)

    @Argument(
        help: "NETWORK/CONTAINER/INTERFACE, or the start of the container's identifier.",
        completion: .custom { (words: [String], _: Int, _: String) -> [String] in
            let flag = words.lastIndex(of: "--cache-dir").map { $0 + 1 }
            let given = flag.flatMap { words.indices.contains($0) ? words[$0] : nil }
            let cache = ResultCache(directory: given ?? CacheOptions.usualFolder)
            return (try? cache.contents())?.entries.map(\.name) ?? []
        })
    var attachment: String

    @OptionGroup var caching: CacheOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let contents = try caching.contents()
        let stored = StoredAttachment(try find(in: contents.entries), NamespaceSearch())
        let path = caching.cache.path(of: stored.entry.attachment)
        if output.isJSON {
            Console.output.document(stored.document(file: path))
        } else {
            AttachmentDescription(stored, file: path).print()
        }
    }

    private func find(in entries: [CacheEntry]) throws(Failure) -> CacheEntry {
        let parts = attachment.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let named: [CacheEntry]
        let container: String
        switch parts.count {
        case 1:
            (named, container) = (entries, parts[0])
        case 3:
            container = parts[1]
            named = entries.filter {
                $0.network.rawValue == parts[0] && $0.request.interface.rawValue == parts[2]
            }
        default:
            throw Failure(
                "\"\(attachment)\" names no attachment",
                hints: ["NETWORK/CONTAINER/INTERFACE, or the start of a container's identifier"])
        }
        let whole = named.filter { $0.request.containerID.rawValue == container }
        let found =
            whole.isEmpty ? named.filter { $0.request.containerID.rawValue.hasPrefix(container) } : whole
        if let entry = found.first, found.count == 1 { return entry }
        if found.isEmpty {
            throw Failure(
                "no attachment \"\(attachment)\" in \(caching.folder)",
                hints: ["`cni list` lists them; --cache-dir names another cache"])
        }
        throw Failure(
            "\"\(attachment)\" is the name of \(found.count) attachments", details: found.map(\.name),
            hints: ["one of these names is unambiguous"])
    }
}
