// SPDX-License-Identifier: Apache-2.0

internal import LinuxCore

extension Runtime {
    /// Removes what belongs to attachments that are not valid any more.
    ///
    /// First DEL of each attachment in the cache that is not in `valid`, with what ADD was done with; then GC of
    /// every plugin in order, if the network's version has GC (1.1.0). No ADD, DEL or CHECK on the network is done
    /// meanwhile. Everything is tried. With `disableGC` it does nothing and succeeds.
    ///
    /// - Parameters:
    ///   - valid: All attachments of the network that shall stay. What is not in there goes.
    ///   - includesOlderVersions: Whether of a network in an older version those plugins do GC that report 1.1.0 among
    ///     their versions; they get the configuration in that version. Another runtime of the network expects no GC, and
    ///     its attachments go if they are not in `valid`.
    /// - Throws: The first error, with the others in ``RuntimeError/others``.
    @discardableResult
    public func collect(
        _ network: NetworkConfigurationList, valid: [AttachmentReference], includesOlderVersions: Bool = false
    ) async throws(RuntimeError) -> GarbageCollection {
        if network.disableGC { return GarbageCollection() }
        do throws(RuntimeError) {
            let version = try await version(of: network)
            let lock = try await OperationLock.network(network.name, in: cache)
            defer { withExtendedLifetime(lock) {} }
            return try await collectLocked(network, version, valid: valid, includesOlderVersions, lock)
        } catch {
            throw error.located(.collect, network)
        }
    }

    /// Removes what belongs to attachments that `isValid` does not want to keep, and what belongs to none.
    ///
    /// As ``collect(_:valid:)``, but who is valid is decided of each attachment in the cache while nothing else is done
    /// on the network: an ADD that ends just now is not taken for something left over. With a file in the
    /// cache that may be the network's and is damaged nothing is done, for its attachment might be valid.
    ///
    /// - Parameters:
    ///   - includesOlderVersions: As above.
    ///   - isValid: Whether an attachment shall stay; asked once of each.
    @discardableResult
    public func collect(
        _ network: NetworkConfigurationList, includesOlderVersions: Bool = false,
        keeping isValid: @Sendable (CacheEntry) -> Bool
    ) async throws(RuntimeError) -> GarbageCollection {
        if network.disableGC { return GarbageCollection() }
        do throws(RuntimeError) {
            let version = try await version(of: network)
            let lock = try await OperationLock.network(network.name, in: cache)
            defer { withExtendedLifetime(lock) {} }
            let cache = cache
            let contents = try await onOwnThread { () throws(RuntimeError) in try cache.contents() }
            let prefix = "\(cache.resultsPath)/\(network.name)-"
            if let damaged = contents.problems.first(where: { $0.path.hasPrefix(prefix) }) {
                throw RuntimeError(
                    .cache,
                    CNIError(
                        .decodingFailure, "the cached result \(damaged.path) is damaged",
                        details: damaged.reason))
            }
            let valid = contents.entries.filter { $0.network == network.name && isValid($0) }
            return try await collectLocked(
                network, version, valid: valid.map(\.reference), includesOlderVersions, lock)
        } catch {
            throw error.located(.collect, network)
        }
    }

    private func collectLocked(
        _ network: NetworkConfigurationList, _ version: SpecVersion, valid: [AttachmentReference],
        _ includesOlderVersions: Bool, _ lock: OperationLock
    ) async throws(RuntimeError) -> GarbageCollection {
        var collection = GarbageCollection()
        var errors = await deleteStale(network, valid: valid, lock, &collection)
        if version.supportsGarbageCollection || includesOlderVersions {
            errors += await collectAll(network, version, valid, &collection)
        }
        do throws(SystemError) {
            try cache.removeUnfinished(of: network.name)
        } catch {
            errors.append(RuntimeError(.cache, CNIError(.ioFailure, error.description)))
        }
        if let error = RuntimeError.joined(errors) { throw error }
        return collection
    }

    private func deleteStale(
        _ network: NetworkConfigurationList, valid: [AttachmentReference], _ lock: OperationLock,
        _ collection: inout GarbageCollection
    ) async -> [RuntimeError] {
        let cache = cache
        var errors: [RuntimeError] = []
        do throws(RuntimeError) {
            let contents = try await onOwnThread { () throws(RuntimeError) in try cache.contents() }
            let valid = Set(valid)
            for entry in contents.entries where entry.network == network.name {
                if valid.contains(entry.reference) {
                    collection.kept.append(entry)
                } else if let error = await deleteStale(entry, network, lock) {
                    errors.append(error)
                    if error.reason == .cancelled { break }
                } else {
                    collection.removed.append(entry)
                }
            }
        } catch {
            errors.append(error)
        }
        return errors
    }

    private func deleteStale(
        _ entry: CacheEntry, _ network: NetworkConfigurationList, _ held: OperationLock
    ) async -> RuntimeError? {
        do throws(RuntimeError) {
            // The network is ours, but another network's operation may be at the container.
            let lock = try await held.container(entry.request.containerID, in: cache)
            defer { withExtendedLifetime(lock) {} }
            try await deleteLocked(entry.list ?? network, entry.request)
            return nil
        } catch {
            return error.located(.delete, network)
        }
    }

    private func collectAll(
        _ network: NetworkConfigurationList, _ version: SpecVersion, _ valid: [AttachmentReference],
        _ collection: inout GarbageCollection
    ) async -> [RuntimeError] {
        // What the plugins of an older network share, such as a table that is empty now, would stay for ever.
        let isUpgraded = !version.supportsGarbageCollection
        let configuration = RequestConfiguration(network: network, version: isUpgraded ? .v1_1_0 : version)
        var errors: [RuntimeError] = []
        for plugin in network.plugins {
            let type = plugin["type"]?.string ?? ""
            if isUpgraded, await rememberedVersions(ofPlugin: type)?.contains(.v1_1_0) != true {
                collection.olderPlugins.append(type)
                continue
            }
            do throws(RuntimeError) {
                _ = try await call(
                    .collect, configuration.collection(plugin, valid: valid),
                    environment.variables(.collect, folders: pluginFolders))
                if isUpgraded { collection.upgradedPlugins.append(type) }
            } catch  where isUpgraded && error.code == .incompatibleVersion {
                // The one that it delegates to is older.
                collection.olderPlugins.append(type)
            } catch {
                errors.append(error)
                if error.reason == .cancelled { break }
            }
        }
        return errors
    }
}

extension CacheEntry {
    /// The attachment as GC names it.
    fileprivate var reference: AttachmentReference {
        AttachmentReference(
            containerID: request.containerID.rawValue, ifname: request.interface.rawValue)
    }
}
