// SPDX-License-Identifier: Apache-2.0

// An agent imports this one module.
@_exported public import NodeAgentCore
@_exported public import NodeAgentHTTP
@_exported public import NodeAgentKubernetes
@_exported public import NodeAgentStatus
