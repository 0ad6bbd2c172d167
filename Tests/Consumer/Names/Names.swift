// SPDX-License-Identifier: Apache-2.0

// What somebody outside writes who names the types in this package's signatures: every module of theirs can be imported.

import Addressing
import CNIRuntime
import CNITypes
import LinuxCore
import Namespaces
import Netlink
import NetworkState
import ReferencePlugins
import Validation

/// What the kernel said of a failure, whichever module reports it.
func cause(of error: StateError) -> SystemError? {
    switch error.cause {
    case .system(let error), .namespace(.system(let error)): error
    default: nil
    }
}

/// The place of every mistake in a configuration, judged by plugins that are given.
func places(_ text: [UInt8]) -> [JSONPath] {
    Validator(plugins: ReferencePlugins.all).diagnostics(of: text).map(\.path)
}

/// The networks of routes, by the types of their module.
func networks(of routes: [Route]) -> [IPPrefix] { routes.map(\.destination) }

/// A type of the consumer's own may have the name of one of ours.
enum Problem { case none }
