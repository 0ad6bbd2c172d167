// SPDX-License-Identifier: Apache-2.0

// What is in signatures here has not to be imported again.
@_exported public import NodeAgentCore
