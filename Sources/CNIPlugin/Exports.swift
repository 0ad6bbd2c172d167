// SPDX-License-Identifier: Apache-2.0

// A plugin author imports CNIPlugin and has the specification's types with it.
@_exported public import CNITypes
