// SPDX-License-Identifier: Apache-2.0

internal import CNIPlugin
internal import ReferencePlugins

/// One file under the name of every plugin: `make install` links it.
///
/// A type, as variables of a main.swift belong to the main actor, and every start would set up the concurrency runtime.
@main
enum MultiCall {
    static func main() { ReferencePlugins.all.main() }
}
