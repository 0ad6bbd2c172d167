// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import LeaseStores

/// Where the leases are.
struct StoreOptions: ParsableArguments {
    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case file, etcd, kubernetes
    }

    @Option(help: ArgumentHelp("Where the nodes' leases are: file, etcd or kubernetes.", valueName: "kind"))
    var store: Kind

    @Option(help: ArgumentHelp("The file of --store file.", valueName: "file"))
    var file = "/etc/cni/overlay.json"

    /// The store.
    ///
    /// - Throws: ``LeaseStoreError`` for a file that cannot be read, or for an address that is none.
    func make() throws -> any LeaseStore {
        switch store {
        case .file: FileStore(path: file)
        case .etcd: throw ValidationError("not yet")
        case .kubernetes: throw ValidationError("not yet")
        }
    }
}
