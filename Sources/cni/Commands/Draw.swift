// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import CNIRuntime
internal import Netlink
internal import Topology

struct Draw: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "draw",
        abstract: "Draw this machine's network: links, bridges, containers, and what is wrong with them.",
        usage: "cni draw [--svg <file>] [--width <width>] [--ascii] [options]",
        discussion: """
            Reads the kernel, not files, so that the picture is right when these are not. As wide as the \
            terminal, or as COLUMNS says; in ASCII where the locale has nothing better.

              cni draw
              cni draw --svg network.svg
            """)

    @Option(help: ArgumentHelp("Write a picture in SVG; - writes to standard output.", valueName: "file"))
    var svg: String?

    @Option(help: ArgumentHelp("How wide to draw, in columns, or for SVG in pixels.", valueName: "width"))
    var width: Int?

    @Flag(help: "Draw with nothing but ASCII.")
    var ascii = false

    @OptionGroup var caching: CacheOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if svg != nil, output.isJSON { throw ValidationError("--svg and --json are two different outputs") }
        if let width, !(1...10000).contains(width) {
            throw ValidationError("--width: \(width) is not between 1 and 10000")
        }
    }

    func run() throws {
        let progress = Progress(!output.isJSON)
        progress.show("looking at the network namespaces")
        let node = try survey()
        progress.end()
        if output.isJSON {
            Console.output.document(JSON(Cluster([node])))
        } else if let svg {
            let text = node.svg(SVGOptions(width: width))
            if svg == "-" { Console.output.write(text) } else { try replaceFile(svg, with: text) }
        } else {
            let options = TerminalOptions(
                width: width ?? Console.output.columns ?? 100, isColored: Console.output.isColored,
                isASCII: ascii || !hasUnicodeLocale)
            Console.output.write(node.terminalPicture(options))
            hintAtRoot()
        }
    }

    private func survey() throws(Failure) -> Node {
        var survey = Survey()
        // Containers' namespaces may have no name and no process yet. A cache that cannot be read is no hindrance.
        let search = NamespaceSearch()
        for entry in (try? caching.cache.contents())?.entries ?? [] {
            guard let path = entry.request.namespacePath, StoredAttachment(entry, search).namespace == .exists
            else {
                continue
            }
            let name = path.split(separator: "/").last.map(String.init) ?? path
            let isNamed = path.hasPrefix("/run/netns/") || path.hasPrefix("/var/run/netns/")
            survey.places.append(
                Survey.Place(name: isNamed ? name : entry.request.containerID.rawValue, path: path))
        }
        do throws(NetlinkError) {
            return try survey.node()
        } catch {
            throw Failure("cannot read the network: \(error)")
        }
    }
}
