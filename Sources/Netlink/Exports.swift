// SPDX-License-Identifier: Apache-2.0

// Addresses are part of nearly every request, so who imports this module has them too.
@_exported public import Addressing
