// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import CNIRuntime

struct CacheOptions: ParsableArguments {
    @Option(
        name: .customLong("cache-dir"),
        help: ArgumentHelp(
            "The folder in which results of attachments are kept, as runtimes have it.", valueName: "folder"),
        completion: .directory)
    var folder = usualFolder

    static let usualFolder = "/var/lib/cni"

    var cache: ResultCache { ResultCache(directory: folder) }

    func contents() throws(Failure) -> ResultCache.Contents {
        do throws(RuntimeError) {
            return try cache.contents()
        } catch {
            throw Failure(error)
        }
    }
}
