// SPDX-License-Identifier: Apache-2.0

// A runtime author imports CNIRuntime and has the specification's types with it.
@_exported public import CNITypes
