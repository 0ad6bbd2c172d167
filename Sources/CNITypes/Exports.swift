// SPDX-License-Identifier: Apache-2.0

// Addresses are part of every configuration and result, so who imports this module has them too.
@_exported public import Addressing
